import type { TokenizedExample } from '../engine/types';

/**
 * Row numbers in batches of similar length, longest first, so that little is padding and what needs most memory
 * comes first.
 */
export function batchesByLength(
  rows: readonly { tokens: TokenizedExample }[],
  batchSize: number,
): number[][] {
  const order = rows.map((_, i) => i);
  const length = (i: number): number => rows[i]?.tokens.source.length ?? 0;
  order.sort((a, b) => length(b) - length(a) || a - b);
  const batches: number[][] = [];
  for (let from = 0; from < order.length; from += batchSize)
    batches.push(order.slice(from, from + batchSize));
  return batches;
}
