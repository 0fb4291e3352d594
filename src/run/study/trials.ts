/** The settings that are tried for a method when a study names none: its learning rate and its own strength. */
import type { MethodName } from '../methods';
import type { StudyConfig, StudyMethod, Trial } from './config';

/** Of methods with a strength: the setting, and the values tried, each at every one of half as many rates. */
const strengths: Partial<Record<MethodName, { key: string; values: readonly [number, number] }>> = {
  'multi-task': { key: 'share', values: [0.25, 0.5] },
  replay: { key: 'ratio', values: [0.5, 1] },
  'der++': { key: 'alpha', values: [0.1, 0.5] },
  lwf: { key: 'lambda', values: [1, 4] },
  ewc: { key: 'lambda', values: [100, 10_000] },
  'l2-sp': { key: 'alpha', values: [0.01, 1] },
  freezing: { key: 'layers', values: [0, 2] },
  'wise-ft': { key: 'alpha', values: [0.5, 0.75] },
  ema: { key: 'decay', values: [0.98, 0.995] },
};

/** Of the run's own learning rate; the first half of them for methods with a strength. */
const factors = [0.5, 1, 0.25, 2, 0.125, 4, 0.0625, 8];

/** Two digits, so that a rate reads like one that a person wrote. */
const rounded = (value: number): number => Number(value.toPrecision(2));

/**
 * `trials.count` settings: so many learning rates around the run's own, or half as many for each of two strengths.
 * @returns the method as it is given, once, where the study has no trials
 */
export function trialsOf(study: StudyConfig, method: StudyMethod): Trial[] {
  const base = study.run.optimizer.learningRate;
  if (!study.trials) return [{ learningRate: base, settings: {} }];
  if (method.trials) return method.trials;
  const { count } = study.trials;
  const rates = (many: number): number[] =>
    factors
      .slice(0, many)
      .map((factor) => rounded(factor * base))
      .sort((a, b) => a - b);
  const strength = strengths[method.method.name];
  if (!strength || count < 2) return rates(count).map((learningRate) => ({ learningRate, settings: {} }));
  const tried = rates(Math.ceil(count / 2)).flatMap((learningRate) =>
    strength.values.map((value) => ({ learningRate, settings: { [strength.key]: value } })),
  );
  return tried.slice(0, count);
}
