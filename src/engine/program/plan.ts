import { lifetimes, viewAlignment, type Program, type ProgramBuffer } from './program';

/** Where each scratch buffer of a program lies in one block, in elements. */
export interface ScratchPlan {
  readonly offsets: ReadonlyMap<ProgramBuffer, number>;
  /** Elements of the block. */
  readonly length: number;
}

interface Placed {
  begin: number;
  end: number;
  first: number;
  last: number;
}

const roundUp = (n: number): number => Math.ceil(n / viewAlignment) * viewAlignment;

/**
 * Packs scratch buffers so that two share memory only when no instruction lies in both their lives. Greedy by
 * size: the largest first, each at the lowest place that is free for as long as it lives.
 * @see Pisarchyk & Lee 2020, "Efficient memory management for deep neural net inference"
 */
export function planScratch(program: Program): ScratchPlan {
  const order = [...lifetimes(program)].sort(([a], [b]) => b.length - a.length);
  const placed: Placed[] = [];
  const offsets = new Map<ProgramBuffer, number>();
  let length = 0;
  for (const [buffer, { first, last }] of order) {
    const size = roundUp(buffer.length);
    const begin = lowestGap(placed, first, last, size);
    const entry = { begin, end: begin + size, first, last };
    placed.splice(placed.findIndex((p) => p.begin > begin) >>> 0, 0, entry);
    offsets.set(buffer, begin);
    length = Math.max(length, entry.end);
  }
  return { offsets, length };
}

/** `placed` is sorted by `begin`. */
function lowestGap(placed: readonly Placed[], first: number, last: number, size: number): number {
  let begin = 0;
  for (const other of placed) {
    if (other.last < first || other.first > last) continue;
    if (other.begin >= begin + size) break;
    begin = Math.max(begin, other.end);
  }
  return begin;
}
