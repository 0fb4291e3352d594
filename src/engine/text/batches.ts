import type { Batch, TokenizedExample } from '../types';

/** The label of a place without a token. */
const IGNORED = -100;
const PAD = 0;

/**
 * Pads examples to one length. Without given lengths these are the next bucket above the longest example, so
 * that a run meets few different shapes: every shape costs buffers, and on a GPU compilation.
 * @param lengths exact lengths of the sides, in tokens
 * @throws RangeError when there is no example, or one is longer than its length
 */
export function collate(examples: TokenizedExample[], lengths?: { source: number; target: number }): Batch {
  const rows = examples.length;
  if (rows === 0) throw new RangeError('a batch needs at least one example');
  const longest = (side: 'source' | 'target') =>
    examples.reduce((most, example) => Math.max(most, example[side].length), 0);
  const sourceLength = lengths?.source ?? bucket(longest('source'));
  const targetLength = lengths?.target ?? bucket(longest('target'));
  if (longest('source') > sourceLength || longest('target') > targetLength)
    throw new RangeError(
      `an example of ${longest('source')} and ${longest('target')} tokens does not fit ${sourceLength} and ${targetLength}`,
    );

  const source = new Int32Array(rows * sourceLength).fill(PAD);
  const sourceMask = new Float32Array(rows * sourceLength);
  const labels = new Int32Array(rows * targetLength).fill(IGNORED);
  examples.forEach((example, row) => {
    source.set(example.source, row * sourceLength);
    sourceMask.fill(1, row * sourceLength, row * sourceLength + example.source.length);
    labels.set(example.target, row * targetLength);
  });
  return { rows, sourceLength, targetLength, source, sourceMask, labels };
}

/** The length that a sequence is padded to: 8, 16, 24, 32, then 48, 64, 96, 128, … */
export function bucket(length: number): number {
  if (length <= 32) return Math.max(8, Math.ceil(length / 8) * 8);
  let power = 32;
  while (power * 2 < length) power *= 2;
  return length <= power * 1.5 ? power * 1.5 : power * 2;
}

/** Cuts token ids to a length, keeping the last one, which is `</s>`. */
export function truncate(ids: number[], max: number): number[] {
  if (max < 1) throw new RangeError(`cannot keep ${max} tokens`);
  return ids.length <= max ? ids : [...ids.slice(0, max - 1), ids[ids.length - 1]!];
}
