/** How long the texts of a task are in tokens, and what the limits of a run cut off. */

export interface Lengths {
  median: number;
  /** 95 of 100 are no longer. */
  most: number;
  longest: number;
  /** Share of the rows that are cut, and of the tokens that go with it. */
  rowsCut: number;
  tokensCut: number;
}

/**
 * @param lengths tokens of each text, the closing one included
 * @param limit tokens that are kept of a text
 */
export function describeLengths(lengths: readonly number[], limit: number): Lengths {
  const sorted = [...lengths].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const total = lengths.reduce((sum, n) => sum + n, 0);
  const cut = lengths.reduce((sum, n) => sum + Math.max(0, n - limit), 0);
  return {
    median: at(0.5),
    most: at(0.95),
    longest: sorted.at(-1) ?? 0,
    rowsCut: lengths.filter((n) => n > limit).length / Math.max(1, lengths.length),
    tokensCut: cut / Math.max(1, total),
  };
}
