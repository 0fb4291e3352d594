/** What this process's children (browsers, mostly) hold in memory and have read, by Linux's own account. */
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** Ids of all processes below this one. */
function children() {
  /** @type {Map<string, string | undefined>} */
  const parents = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(name, stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {
      // It ended meanwhile.
    }
  }
  return [...parents.keys()].filter((pid) => {
    let at = parents.get(pid);
    while (at !== undefined && at !== String(process.pid)) at = parents.get(at);
    return at !== undefined;
  });
}

/**
 * The sum of a number in a file of each child; null where there is no such account.
 * @param {string} file @param {RegExp} number
 */
function sum(file, number) {
  try {
    let total = 0;
    for (const pid of children())
      try {
        total += Number(number.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0);
      } catch {
        // It ended meanwhile.
      }
    return total;
  } catch {
    return null;
  }
}

/** MiB that the children hold together, what they share counted once; null where that is not known. */
export function childMemory() {
  const kilobytes = sum('smaps_rollup', /^Pss:\s+(\d+)/m);
  return kilobytes === null ? null : kilobytes / 1024;
}

/** Bytes that the children have read so far, from files, pipes and sockets alike; null where that is not known. */
export const childReads = () => sum('io', /^rchar:\s+(\d+)/m);

/**
 * Seconds and the most memory while something is done.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<{ told: T, seconds: number, peakMiB: number | null }>}
 */
export async function measured(work) {
  let peak = childMemory();
  const timer = setInterval(() => {
    const now = childMemory();
    if (now !== null) peak = Math.max(peak ?? 0, now);
  }, 200);
  const start = performance.now();
  try {
    const told = await work();
    return { told, seconds: (performance.now() - start) / 1000, peakMiB: peak };
  } finally {
    clearInterval(timer);
  }
}
