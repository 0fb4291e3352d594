/** Cuts one list of examples into parts by seed, without letting an input stand in two of them. */
import type { Split } from '../run/config';
import type { Example } from './task';

export const DEFAULT_SPLIT: Split = { validation: 0.1, test: 0.2, seed: 0 };

/** Inputs that differ only in case, punctuation or spacing count as one. */
export function inputKey(input: string): string {
  const key = input
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return key || input.trim();
}

export interface Wanted {
  validation: number;
  test: number;
}

/** Seeded 32-bit hash: FNV-1a over the code units, then the finalizer of MurmurHash3. */
export function seededHash(text: string, seed: number): number {
  let h = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Every group of equal inputs goes to one part, drawn by a hash of the input and the seed, so that the
 * same file and seed give the same parts wherever and whenever. Order within a part is the file's.
 */
export function splitExamples(
  examples: readonly Example[],
  shares: Wanted,
  seed: number,
): { train: Example[]; validation: Example[]; test: Example[] } {
  const groups = new Map<string, number[]>();
  examples.forEach((example, i) => {
    const key = inputKey(example.input);
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  });
  const drawn = [...groups]
    .map(([key, members]) => ({ key, members, draw: seededHash(key, seed) }))
    .sort((a, b) => a.draw - b.draw || (a.key < b.key ? -1 : 1));
  const total = examples.length;
  const room = { test: sizeOf(shares.test, total), validation: sizeOf(shares.validation, total) };
  const taken: Record<'train' | 'validation' | 'test', number[]> = { train: [], validation: [], test: [] };
  for (const { members } of drawn) {
    const part = (['test', 'validation'] as const).find((p) => taken[p].length + members.length <= room[p]);
    taken[part ?? 'train'].push(...members);
  }
  const inOrder = (indices: number[]) => indices.sort((a, b) => a - b).flatMap((i) => examples[i] ?? []);
  return { train: inOrder(taken.train), validation: inOrder(taken.validation), test: inOrder(taken.test) };
}

/** At least one row of every part that is wanted, where there are rows enough. */
const sizeOf = (share: number, total: number) =>
  share > 0 && total >= 3 ? Math.max(1, Math.round(share * total)) : 0;
