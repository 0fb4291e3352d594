import type { Lengths } from '../../data/lengths';
import { count } from '../format';

const percent = (share: number): string => (share < 0.005 ? '<1 %' : `${Math.round(100 * share)} %`);

/** 42 tokens in the middle, 95 % up to 88, at most 140; the limit of 96 cuts 3 % of rows and 1 % of tokens. */
export function lengthWords({ median, most, longest, rowsCut, tokensCut }: Lengths, limit: number): string {
  const cut =
    rowsCut === 0
      ? `the limit of ${count(limit)} cuts none`
      : `the limit of ${count(limit)} cuts ${percent(rowsCut)} of rows and ${percent(tokensCut)} of tokens`;
  return `${count(median)} tokens in the middle, 95 % up to ${count(most)}, at most ${count(longest)}; ${cut}.`;
}
