/** The settings that are tried for a method when a study names none: its learning rate and its own strength. */
import * as v from 'valibot';
import { methodDefaults } from '../methodGuide';
import { Method, type MethodConfig, type MethodName } from '../methods';
import type { StudyConfig, StudyMethod, Trial } from './config';

interface Strength {
  key: string;
  /** Tried where the setting has its usual value. */
  values: readonly [number, number];
  /** What two values of it are apart by: a factor, a factor of x / (1 − x) for a share, or a difference. */
  apart: 'factor' | 'odds' | 'difference';
}

/** Of methods with a strength: the setting, and the values tried, each at every one of half as many rates. */
const strengths: Partial<Record<MethodName, Strength>> = {
  'multi-task': { key: 'share', values: [0.25, 0.5], apart: 'odds' },
  replay: { key: 'ratio', values: [0.5, 1], apart: 'factor' },
  'der++': { key: 'alpha', values: [0.1, 0.5], apart: 'factor' },
  lwf: { key: 'lambda', values: [1, 4], apart: 'factor' },
  ewc: { key: 'lambda', values: [100, 10_000], apart: 'factor' },
  'l2-sp': { key: 'alpha', values: [0.01, 1], apart: 'factor' },
  freezing: { key: 'layers', values: [0, 2], apart: 'difference' },
  'o-lora': { key: 'lambda', values: [0.5, 5], apart: 'factor' },
  'wise-ft': { key: 'alpha', values: [0.5, 0.75], apart: 'odds' },
  ema: { key: 'decay', values: [0.98, 0.995], apart: 'odds' },
};

/** Of the method's learning rate; so many of the first as there are rates, half as many for methods with a strength. */
const factors = [1, 0.5, 0.25, 2, 0.125, 4, 0.0625, 8];

/** Two digits, so that a rate reads like one that a person wrote. */
const rounded = (value: number): number => Number(value.toPrecision(2));
/** Of a share that is nearly 1 it is the rest that counts. */
const roundedShare = (value: number): number =>
  value > 0.5 ? Number((1 - rounded(1 - value)).toPrecision(12)) : rounded(value);

/** The values below and above one, as far from it as the two usual ones are from each other. */
function around(given: number, { values: [low, high], apart }: Strength): readonly [number, number] {
  if (apart === 'factor') return [rounded((given * low) / high), rounded((given * high) / low)];
  if (apart === 'difference') return [given - (high - low), given + (high - low)];
  const odds = (share: number): number => share / (1 - share);
  const shareOf = (value: number): number => roundedShare(value / (1 + value));
  const factor = odds(high) / odds(low);
  return [shareOf(odds(given) / factor), shareOf(odds(given) * factor)];
}

/**
 * The strengths that are tried, for each rate in turn. One that was set is tried at every rate, and beside it in turn
 * a lower and a higher one.
 */
function strengthsOf(method: MethodConfig, strength: Strength): readonly (readonly number[])[] {
  const { key, values } = strength;
  const settings: Readonly<Record<string, unknown>> = method;
  const usual: Readonly<Record<string, unknown>> = methodDefaults(method.name);
  const given = settings[key];
  if (typeof given !== 'number' || given === usual[key]) return [values];
  const allowed = (value: number): boolean =>
    value !== given && v.safeParse(Method, { ...method, [key]: value }).success;
  const near = around(given, strength).filter(allowed);
  // Around 0, say, there is nothing.
  const beside = near.length > 0 ? near : values.filter(allowed);
  return beside.map((value) => [given, value]);
}

/** What a method changes of the optimizer; another optimizer shares no settings with the study's. */
export function optimizerOf({ run }: StudyConfig, { change }: StudyMethod): Record<string, unknown> {
  const own = (change['optimizer'] ?? {}) as Record<string, unknown>;
  return own['name'] === undefined || own['name'] === run.optimizer.name ? { ...run.optimizer, ...own } : own;
}

/**
 * `trials.count` settings: so many learning rates around the method's own, or half as many for each of two strengths.
 * @returns the method as it is given, once, where the study has no trials
 */
export function trialsOf(study: StudyConfig, method: StudyMethod): Trial[] {
  const base = Number(optimizerOf(study, method)['learningRate'] ?? study.run.optimizer.learningRate);
  if (!study.trials) return [{ learningRate: base, settings: {} }];
  if (method.trials) return method.trials;
  const { count } = study.trials;
  const rates = (many: number): number[] =>
    factors
      .slice(0, many)
      .map((factor) => (factor === 1 ? base : rounded(factor * base)))
      .sort((a, b) => a - b);
  const strength = strengths[method.method.name];
  if (!strength || count < 2) return rates(count).map((learningRate) => ({ learningRate, settings: {} }));
  const values = strengthsOf(method.method, strength);
  const tried = rates(Math.ceil(count / 2)).flatMap((learningRate, i) =>
    (values[i % values.length] ?? []).map((value) => ({ learningRate, settings: { [strength.key]: value } })),
  );
  return tried.slice(0, count);
}
