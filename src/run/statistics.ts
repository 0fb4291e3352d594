/**
 * Comparing runs: a mean over seeds with its interval, and the paired difference of two methods over the same
 * seeds and the same examples.
 */
import { draw, streamKey } from '../engine/random';

/** A mean with its 95 % interval over `n` values; the interval is null for a single value. */
export interface Estimated {
  mean: number;
  low: number | null;
  high: number | null;
  n: number;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}

/** ln Γ(x) for x > 0, to about 1e-14. @see Lanczos 1964; coefficients for g = 7, n = 9 */
function logGamma(x: number): number {
  const terms = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const y = x - 1;
  const t = y + 7.5;
  const series = terms.reduce((sum, term, i) => (i === 0 ? term : sum + term / (y + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(series);
}

/** The regularised incomplete beta function by its continued fraction. @see Press et al., Numerical Recipes, 6.4 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  const tiny = 1e-300;
  const apart = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / apart(1 + even * d);
    c = apart(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / apart(1 + odd * d);
    c = apart(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (front * fraction) / a;
}

/** P(T ≤ t) of Student's t distribution. */
function studentCdf(t: number, df: number): number {
  const tail = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

/**
 * The quantile of Student's t distribution, by bisection.
 * @param p between 0 and 1
 * @param df degrees of freedom, at least 1
 */
export function studentQuantile(p: number, df: number): number {
  if (p < 0.5) return -studentQuantile(1 - p, df);
  let low = 0;
  let high = 1;
  while (studentCdf(high, df) < p) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, df) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The mean of values, one a seed, with Student's t interval: it covers what another seed's mean would be. */
export function tInterval(values: readonly number[]): Estimated {
  const n = values.length;
  const centre = mean(values);
  if (n < 2) return { mean: centre, low: null, high: null, n };
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1);
  const half = studentQuantile(0.975, n - 1) * Math.sqrt(variance / n);
  return { mean: centre, low: centre - half, high: centre + half, n };
}

/** Linear interpolation between the order statistics of a sorted array, as numpy's default. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const position = q * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? 0;
  return below + (above - below) * (position - Math.floor(position));
}

/** Resamples of a bootstrap, and the seed of its draws. */
interface Draws {
  resamples?: number;
  seed?: number;
}

/**
 * The 95 % percentile interval of a figure over resamples.
 * @param figure of one resample; `below(n)` draws a place among n, with replacement
 */
function percentiles(
  { resamples = 2000, seed = 0 }: Draws,
  figure: (below: (n: number) => number) => number,
): { low: number; high: number } {
  const figures = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const key = streamKey(seed, r);
    let drawn = 0;
    figures[r] = figure((n) => Math.floor((draw(key, drawn++) / 2 ** 32) * n));
  }
  figures.sort();
  return { low: quantile(figures, 0.025), high: quantile(figures, 0.975) };
}

/** Scores of the same examples under two methods with one seed; `a[i]` and `b[i]` are of the same example. */
export interface Pair {
  a: ArrayLike<number>;
  b: ArrayLike<number>;
}

/**
 * The mean difference a − b over seeds and tasks with its percentile bootstrap interval. Seeds are drawn with
 * replacement, and so are the examples of each task, one draw for both sides, so that what the sides share cancels,
 * and one for all seeds, since these are scored on the same examples: another seed brings no new ones. An interval
 * without 0 says that the methods differ.
 * @param seeds for each seed one pair of score lists a task, of the same tasks and examples; at least one seed
 * @throws RangeError when two lists of a pair, or those of a task over seeds, differ in length
 * @see Efron & Tibshirani 1993; Berg-Kirkpatrick et al. 2012
 */
export function pairedBootstrap(seeds: readonly (readonly Pair[])[], draws: Draws = {}): Estimated {
  const differences = seeds.map((tasks) =>
    tasks.map(({ a, b }) => {
      if (a.length !== b.length) throw new RangeError(`${a.length} scores cannot pair with ${b.length}`);
      return Float64Array.from({ length: a.length }, (_, i) => (a[i] ?? 0) - (b[i] ?? 0));
    }),
  );
  const lengths = differences[0]?.map(({ length }) => length) ?? [];
  for (const tasks of differences)
    if (tasks.map(({ length }) => length).join() !== lengths.join())
      throw new RangeError('every seed needs the scores of the same examples');
  const centre = mean(differences.map((tasks) => mean(tasks.map(mean))));
  const { low, high } = percentiles(draws, (below) => {
    const drawn = differences.map(() => differences[below(differences.length)] ?? []);
    let sum = 0;
    for (const [t, length] of lengths.entries()) {
      let ofTask = 0;
      for (let k = 0; k < length; k++) {
        const row = below(length);
        for (const tasks of drawn) ofTask += tasks[t]?.[row] ?? 0;
      }
      sum += ofTask / Math.max(1, length);
    }
    return sum / (Math.max(1, lengths.length) * drawn.length);
  });
  return { mean: centre, low, high, n: seeds.length };
}

/**
 * A statistic of several score lists with its percentile bootstrap interval. Seeds are drawn with replacement, and so
 * are the examples, one draw for all lists and all seeds, so that what they share cancels.
 * @param seeds for each seed its lists, all of the same examples
 * @param statistic of the mean of each list over the drawn seeds and examples
 */
export function listsBootstrap(
  seeds: readonly (readonly number[][])[],
  statistic: (means: readonly number[]) => number,
  draws: Draws = {},
): Estimated {
  const lists = seeds[0]?.length ?? 0;
  const rows = seeds[0]?.[0]?.length ?? 0;
  if (seeds.flat().some(({ length }) => length !== rows))
    throw new RangeError('every seed needs the scores of the same examples');
  const overall = Array.from({ length: lists }, (_, k) => mean(seeds.map((each) => mean(each[k] ?? []))));
  const { low, high } = percentiles(draws, (below) => {
    const drawn = seeds.map(() => seeds[below(seeds.length)] ?? []);
    const sums = new Array<number>(lists).fill(0);
    for (let i = 0; i < rows; i++) {
      const row = below(rows);
      for (const own of drawn) own.forEach((list, k) => (sums[k]! += list[row] ?? 0));
    }
    return statistic(sums.map((sum) => sum / (rows * seeds.length)));
  });
  return { mean: statistic(overall), low, high, n: seeds.length };
}
