/** What a page's own thread did, from a trace of Chromium: the time it computed, apart from the time it waited for a core. */

/**
 * @typedef {object} TraceEvent
 * @property {string} name
 * @property {string} ph
 * @property {number} pid
 * @property {number} tid
 * @property {number} ts microseconds
 * @property {number} [dur]
 * @property {number} [tdur] of the thread's own clock
 * @property {Record<string, any>} [args]
 */

/** Everything that the thread of a page runs is a task; drawing a frame begins with the page's own callbacks. */
export const categories = ['-*', 'disabled-by-default-devtools.timeline', 'devtools.timeline', '__metadata'];

/** @param {number[]} values */
export const p99 = (values) => values.toSorted((a, b) => a - b)[Math.floor(0.99 * (values.length - 1))] ?? 0;

/** Callbacks closer together are of one frame. */
const SAME_FRAME_MS = 5;

const round = (/** @type {number} */ value) => Number(value.toFixed(1));

/**
 * @param {Buffer} trace
 * @returns milliseconds. Of tasks of a millisecond and more: how long they took by the clock and by what the thread
 *   computed, and the longest of both. Of frames: the gap between two, and what of it the thread computed.
 */
export function threadTimes(trace) {
  const { traceEvents } = /** @type {{ traceEvents: TraceEvent[] }} */ (JSON.parse(trace.toString()));
  const frames = traceEvents.filter(({ name }) => name === 'FireAnimationFrame');
  const [main] = frames;
  if (!main) throw new Error('the trace has no frame of the page');
  const own = traceEvents.filter(({ pid, tid }) => pid === main.pid && tid === main.tid);
  const tasks = own
    .filter(({ name, dur }) => /RunTask$/.test(name) && dur !== undefined)
    .map(({ ts, dur = 0, tdur = dur }) => ({ from: ts / 1000, wall: dur / 1000, cpu: tdur / 1000 }))
    .sort((a, b) => a.from - b.from);
  const starts = frames
    .filter(({ pid, tid }) => pid === main.pid && tid === main.tid)
    .map(({ ts }) => ts / 1000)
    .sort((a, b) => a - b)
    // Whoever asked for the frame is called back one by one.
    .filter((at, i, all) => at - (all[i - 1] ?? -Infinity) > SAME_FRAME_MS);
  let next = 0;
  const gaps = starts.slice(1).map((to, i) => {
    const from = starts[i] ?? to;
    while (next < tasks.length && ends(tasks[next]) <= from) next++;
    let cpu = 0;
    for (let at = next; at < tasks.length && (tasks[at]?.from ?? Infinity) < to; at++) {
      const task = /** @type {(typeof tasks)[number]} */ (tasks[at]);
      const inside = Math.min(to, ends(task)) - Math.max(from, task.from);
      if (task.wall > 0) cpu += (task.cpu * inside) / task.wall;
    }
    return { gap: to - from, cpu };
  });
  const felt = tasks.filter(({ wall }) => wall >= 1);
  const longest = felt.reduce((a, b) => (b.wall > a.wall ? b : a), { wall: 0, cpu: 0, from: 0 });
  const busiest = felt.reduce((a, b) => (b.cpu > a.cpu ? b : a), { wall: 0, cpu: 0, from: 0 });
  return {
    seconds: round(((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 1000),
    computedSeconds: round(tasks.reduce((sum, { cpu }) => sum + cpu, 0) / 1000),
    waitedInTasksSeconds: round(
      tasks.reduce((sum, { wall, cpu }) => sum + Math.max(0, wall - cpu), 0) / 1000,
    ),
    tasks: felt.length,
    taskP99: round(p99(felt.map(({ wall }) => wall))),
    taskComputedP99: round(p99(felt.map(({ cpu }) => cpu))),
    over50: felt.filter(({ wall }) => wall > 50).length,
    computedOver50: felt.filter(({ cpu }) => cpu > 50).length,
    longest: { took: round(longest.wall), computed: round(longest.cpu) },
    busiest: { took: round(busiest.wall), computed: round(busiest.cpu) },
    frames: gaps.length,
    gapP99: round(p99(gaps.map(({ gap }) => gap))),
    gapComputedP99: round(p99(gaps.map(({ cpu }) => cpu))),
    gapWaitedP99: round(p99(gaps.map(({ gap, cpu }) => Math.max(0, gap - cpu - 1000 / 60)))),
  };
}

/** @param {{ from: number, wall: number } | undefined} task */
const ends = (task) => (task ? task.from + task.wall : Infinity);
