// The module's entry: the table of kernels and the loop over a program's instructions.
import { matmul, matmulWorkspace } from '../../ops/matmul/wasm.as';
import { announce, barrier, enter, jobCount, jobProgram, nextJob } from './threads.as';

/** Numbers as in ../../program/opcodes.ts. False for a number that is not there. */
function dispatch(opcode: i32, args: usize): bool {
  switch (opcode) {
    case 0:
      matmul(args);
      break;
    default:
      return false;
  }
  return true;
}

/** An instruction is [opcode, words in all, arguments...]. */
function execute(program: usize, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    if (!dispatch(load<i32>(program), program + 8)) return i + 1;
    program += (<usize>load<i32>(program, 4)) << 2;
    if (!barrier()) return -1;
  }
  return 0;
}

/** Bytes that an instruction needs beside its views. */
function workspaceOf(opcode: i32, args: usize): usize {
  switch (opcode) {
    case 0:
      return matmulWorkspace(args);
    default:
      return 0;
  }
}

/** Bytes of workspace that each thread needs for a program. */
export function workspaceFor(program: usize, count: i32): usize {
  let bytes: usize = 64;
  for (let i = 0; i < count; i++) {
    bytes = max(bytes, workspaceOf(load<i32>(program), program + 8));
    program += (<usize>load<i32>(program, 4)) << 2;
  }
  return bytes;
}

/** Prepares this instance as one of `threads` threads. */
export function start(thread: i32, threads: i32, canSleep: bool): void {
  enter(thread, threads, canSleep);
}

/**
 * Runs a program on thread 0, with the helpers' help.
 * @returns 0, or 1 + the place of an instruction with an unknown opcode, or −1 when a helper has died
 */
export function run(program: usize, count: i32, workspace: usize, workspaceBytes: usize): i32 {
  announce(program, count, workspace, workspaceBytes);
  return execute(program, count);
}

/** A helper's life: job after job, until it is ended from outside. */
export function serve(): void {
  let job = 0;
  while (true) {
    job = nextJob(job);
    if (job < 0) return;
    execute(jobProgram(), jobCount());
  }
}
