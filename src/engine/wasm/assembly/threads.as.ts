// How threads meet. All run the same program; the tasks of an instruction are handed out by a ticket counter,
// and a barrier stands between instructions. What a task computes does not depend on who does it.

/** Words that all threads share; those that change often have a cache line each. `../layout.ts` has the same addresses. */
const JOB: usize = 4096; // number of the job, what helpers wait for
const PROGRAM: usize = 4160;
const ARRIVED: usize = 4224; // threads that have reached the barrier
const COUNT: usize = 4164;
const WORKSPACE: usize = 4168; // address of thread 0's, and bytes of each
const WORKSPACE_BYTES: usize = 4172;
const TICKET: usize = 4288;
const PHASE: usize = 4352; // barriers passed
const FAILED: usize = 4480; // set when a helper has died

/** Rounds of looking before a thread lets the system put it to sleep: some 20 µs. */
const SPINS: i32 = 4000;

/**
 * Sleeps while the word at `address` is `seen`, a second at most; given by ../../threads/threads.ts. V8 up to 11.3 at least
 * spoils the caller's locals when `memory.atomic.wait32` times out, Atomics.wait of JavaScript is sound.
 */
// @ts-ignore: decorator
@external("env", "sleep")
declare function sleep(address: usize, seen: i32): void;

let self: i32 = 0;
let others: i32 = 0;
let canSleep: bool = false;
let workspaceAddress: usize = 0;
let alone: i32 = 0; // ticket counter of a single thread

export function enter(thread: i32, threads: i32, sleep: bool): void {
  self = thread;
  others = threads - 1;
  canSleep = sleep;
}

/** Memory of this thread's own, kept between the instructions of a program. */
// @ts-ignore: decorator
@inline
export function workspace(): usize {
  return workspaceAddress;
}

// @ts-ignore: decorator
@inline
export function threadCount(): i32 {
  return others + 1;
}

/** The next task of this instruction; a kernel loops until the number reaches the count of its tasks. */
export function nextTask(): i32 {
  if (others == 0) return alone++;
  return atomic.add<i32>(TICKET, 1);
}

/** Waits until the word at `address` is not `seen` any more. False when another thread has died. */
function waitWhile(address: usize, seen: i32): bool {
  let spins = SPINS;
  while (atomic.load<i32>(address) == seen) {
    if (atomic.load<i32>(FAILED) != 0) return false;
    if (--spins > 0 || !canSleep) continue;
    sleep(address, seen);
  }
  return true;
}

function wake(address: usize): void {
  atomic.notify(address, -1);
}

/** Returns when all threads have come here; false when one never will. */
export function barrier(): bool {
  if (others == 0) {
    alone = 0;
    return true;
  }
  const phase = atomic.load<i32>(PHASE);
  if (atomic.add<i32>(ARRIVED, 1) != others) return waitWhile(PHASE, phase);
  atomic.store<i32>(ARRIVED, 0);
  atomic.store<i32>(TICKET, 0);
  atomic.store<i32>(PHASE, phase + 1);
  wake(PHASE);
  return true;
}

/** Thread 0 gives all helpers a job. */
export function announce(program: usize, count: i32, workspace: usize, workspaceBytes: usize): void {
  store<usize>(PROGRAM, program);
  store<i32>(COUNT, count);
  store<usize>(WORKSPACE, workspace);
  store<usize>(WORKSPACE_BYTES, workspaceBytes);
  workspaceAddress = workspace;
  if (others == 0) return;
  atomic.add<i32>(JOB, 1);
  wake(JOB);
}

/** A helper waits for the job after `seen`; returns its number, or −1 when there will be no more. */
export function nextJob(seen: i32): i32 {
  if (!waitWhile(JOB, seen)) return -1;
  workspaceAddress = load<usize>(WORKSPACE) + <usize>self * load<usize>(WORKSPACE_BYTES);
  return atomic.load<i32>(JOB);
}

export function jobProgram(): usize {
  return load<usize>(PROGRAM);
}

export function jobCount(): i32 {
  return load<i32>(COUNT);
}
