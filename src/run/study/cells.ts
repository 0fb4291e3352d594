/** The queue of a study: trials of every method, then every method with every seed. A cell is one run. */
import { sha256 } from '@noble/hashes/sha2.js';
import { shuffled } from '../../engine/random';
import { parseRunConfig, type RunConfig } from '../config';
import type { CellResult } from './cellResult';
import { labelsOf, type StudyConfig, type StudyMethod, type Trial } from './config';
import { optimizerOf, trialsOf } from './trials';

export interface Cell {
  /** Unique in its study, and fit for the name of a file: `run.replay.seed-0`, `trial.replay.2`. */
  id: string;
  /** Of the config and of what else decides the run; a result under another one is stale. */
  key: string;
  kind: 'trial' | 'run';
  /** The method's label. */
  method: string;
  /** Place of the trial whose settings these are. */
  trial: number;
  config: RunConfig;
}

/** Letters, digits and hyphens; different labels of a study may come to the same, so its place is added then. */
function stem(labels: readonly string[], i: number): string {
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll('+', 'p')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '');
  const own = plain(labels[i] ?? '');
  const same = labels.some((other, j) => j !== i && plain(other) === own);
  return same || own === '' ? `${own}-${i + 1}` : own;
}

function keyOf(config: RunConfig, stamp: string): string {
  const digest = sha256(new TextEncoder().encode(`${stamp}\n${JSON.stringify(config)}`));
  return [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws Error naming the method whose changes make no run config */
function checked(label: string, config: unknown): RunConfig {
  const parsed = parseRunConfig(config);
  if (parsed.ok) return parsed.config;
  const [first] = parsed.problems;
  throw new Error(`"${label}": ${first?.path ? `${first.path}: ` : ''}${first?.message ?? 'no run config'}`);
}

function configOf(study: StudyConfig, method: StudyMethod, trial: Trial): Record<string, unknown> {
  const { run } = study;
  return {
    ...run,
    ...method.change,
    method: { ...method.method, ...trial.settings },
    optimizer: { ...optimizerOf(study, method), learningRate: trial.learningRate },
    plan: { ...run.plan, ...(study.budget === 'tokens' ? { equalTokens: true } : {}) },
  };
}

/** The stages in an order that is not the one reported, where there is another. */
function otherOrder<T>(stages: readonly T[], seed: number): T[] {
  const order = [...shuffled(stages.length, seed)];
  if (order.every((place, i) => place === i)) order.push(order.shift() ?? 0);
  return order.map((place) => stages[place] as T);
}

/** Only the ends of stages, on validation rows: no trial looks at what is reported. */
function trialConfig(study: StudyConfig, config: Record<string, unknown>, seed: number): unknown {
  const { plan } = study.run;
  const { evaluation } = { ...study.run, ...config };
  return {
    ...config,
    plan: {
      ...(config['plan'] as object),
      stages: otherOrder(plan.stages, seed),
      // Of the watched tasks those that methods may use: they change what is trained.
      watched: plan.rehearsed ?? [],
      relearn: undefined,
    },
    evaluation: {
      ...evaluation,
      everySteps: NO_CURVES.everySteps,
      testExamples: 1,
      samples: 0,
      knowledge: { ...evaluation.knowledge, examples: 0 },
    },
    seed,
  };
}

/** No points within a stage, and at its ends of a single row. */
const NO_CURVES = { everySteps: 1_000_000, examples: 1 } as const;

/**
 * Of a run a study keeps R, which is scored on test rows: the points of its curves would cost time and go unread, but
 * for those by which a forgotten task is known to be learnt again.
 */
export function withoutCurves(config: RunConfig): RunConfig {
  if (config.plan.relearn) return config;
  return { ...config, evaluation: { ...config.evaluation, ...NO_CURVES } };
}

/** Whether a cell's run is scored on validation rows so that its curves say something. */
export const hasCurves = ({ evaluation }: RunConfig): boolean =>
  evaluation.everySteps < NO_CURVES.everySteps || evaluation.examples > NO_CURVES.examples;

/**
 * @param stamp what decides a run beside its config: the weights and data, as far as somebody knows them
 * @returns none where the study has no trials
 */
export function trialCells(study: StudyConfig, stamp = ''): Cell[] {
  const { trials } = study;
  if (!trials) return [];
  const labels = labelsOf(study);
  return study.methods.flatMap((method, m) =>
    trialsOf(study, method).map((trial, t): Cell => {
      const label = labels[m] ?? '';
      const config = trialConfig(study, configOf(study, method, trial), trials.seed);
      const whole = checked(label, { ...(config as object), name: `${label}, trial ${t + 1}` });
      const id = `trial.${stem(labels, m)}.${t + 1}`;
      return { id, key: keyOf(whole, stamp), kind: 'trial', method: label, trial: t, config: whole };
    }),
  );
}

/** The better the higher; a loss where no task has points. A trial that says neither, or failed, is worse than any. */
function trialScore({ status, validation, validationLoss }: CellResult): number {
  if (status === 'failed') return -Infinity;
  return validation ?? (validationLoss === undefined ? -Number.MAX_VALUE : -validationLoss);
}

/**
 * The place of the trial of a method that was best on validation rows, by score or else by loss, the first of equals;
 * null while one is due.
 */
export function chosenTrial(
  study: StudyConfig,
  label: string,
  results: readonly CellResult[],
): number | null {
  const { trials } = study;
  if (!trials) return 0;
  const own = results.filter((result) => result.kind === 'trial' && result.method === label);
  if (own.length < trials.count) return null;
  const [best] = [...own].sort((a, b) => trialScore(b) - trialScore(a) || a.trial - b.trial);
  return best?.trial ?? null;
}

/** Every method with every seed, a seed after the other; methods whose trials are not all done are left out. */
export function runCells(study: StudyConfig, results: readonly CellResult[], stamp = ''): Cell[] {
  const labels = labelsOf(study);
  const cells = study.methods.flatMap((method, m) => {
    const label = labels[m] ?? '';
    const chosen = chosenTrial(study, label, results);
    const trial = chosen === null ? undefined : trialsOf(study, method)[chosen];
    if (chosen === null || !trial) return [];
    return (method.seeds ?? study.seeds).map((seed, place) => {
      const whole = checked(label, {
        ...configOf(study, method, trial),
        name: `${label}, seed ${seed}`,
        seed,
      });
      const id = `run.${stem(labels, m)}.seed-${seed}`;
      const key = keyOf(whole, stamp);
      const config = withoutCurves(whole);
      return { place, cell: { id, key, kind: 'run' as const, method: label, trial: chosen, config } };
    });
  });
  // So that what there is can be compared early.
  return cells.sort((a, b) => a.place - b.place).map(({ cell }) => cell);
}

export interface Counted {
  trials: number;
  runs: number;
}

/** How many cells there are in all. */
export function countCells(study: StudyConfig): Counted {
  const runs = study.methods.reduce((sum, method) => sum + (method.seeds ?? study.seeds).length, 0);
  return { trials: study.trials ? study.trials.count * study.methods.length : 0, runs };
}

/** Results of this study as it stands: those of cells that have changed since are left out. */
export function current(study: StudyConfig, results: readonly CellResult[], stamp = ''): CellResult[] {
  const fits = (cells: readonly Cell[]): CellResult[] =>
    cells.flatMap((cell) => results.find((result) => result.id === cell.id && result.key === cell.key) ?? []);
  const tried = fits(trialCells(study, stamp));
  return [...tried, ...fits(runCells(study, tried, stamp))];
}

/** Cells that can be run now and have no result, in their order: runs of a method wait for its trials. */
export function dueCells(study: StudyConfig, results: readonly CellResult[], stamp = ''): Cell[] {
  const known = current(study, results, stamp);
  const done = new Set(known.map((result) => result.id));
  return [...trialCells(study, stamp), ...runCells(study, known, stamp)].filter((cell) => !done.has(cell.id));
}

/** The next cell that has no result; null when all have. */
export function nextCell(study: StudyConfig, results: readonly CellResult[], stamp = ''): Cell | null {
  return dueCells(study, results, stamp)[0] ?? null;
}
