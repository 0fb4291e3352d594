/** 95 % intervals of mean scores. */
import { draw, streamKey } from '../../engine/random';
import type { Score } from '../../run/result';
import { quantile } from '../../run/statistics';

/** The 97.5 % quantile of the standard normal distribution. */
const z = 1.959963984540054;

/**
 * Wilson's score interval of a share, in percent: within 0..100 and sensible even at 0 or n of n.
 * @param successes whole number, at most n
 * @see Wilson 1927
 */
export function wilson(successes: number, n: number): Score {
  if (n === 0) return { value: 0, low: 0, high: 100, n: 0 };
  const p = successes / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return {
    value: 100 * p,
    // At the ends rounding may leave the share itself just outside.
    low: 100 * Math.max(0, Math.min(p, centre - half)),
    high: 100 * Math.min(1, Math.max(p, centre + half)),
    n,
  };
}

/**
 * Percentile bootstrap of a weighted mean Σ value·weight / Σ weight: rows are drawn with replacement, their
 * weights with them. Seeded, so that the same scores always have the same interval.
 * @param weights the tokens behind each value for a loss a token; equal weights when absent
 * @see Efron & Tibshirani 1993
 */
export function bootstrap(
  values: ArrayLike<number>,
  weights?: ArrayLike<number>,
  { resamples = 1000, seed = 0 } = {},
): Score {
  const n = values.length;
  if (n === 0) return { value: 0, low: 0, high: 0, n: 0 };
  const meanOf = (row: (k: number) => number): number => {
    let sum = 0;
    let weight = 0;
    for (let k = 0; k < n; k++) {
      const i = row(k);
      const w = weights?.[i] ?? 1;
      sum += (values[i] ?? 0) * w;
      weight += w;
    }
    return weight === 0 ? 0 : sum / weight;
  };
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const key = streamKey(seed, r);
    means[r] = meanOf((k) => Math.floor((draw(key, k) / 2 ** 32) * n));
  }
  means.sort();
  const value = meanOf((k) => k);
  return {
    value,
    low: Math.min(value, quantile(means, 0.025)),
    high: Math.max(value, quantile(means, 0.975)),
    n,
  };
}
