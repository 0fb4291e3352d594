/**
 * An equal budget of tokens: how many steps of a method train on as many tokens as plain fine-tuning does. What a
 * step takes is expected from the mean length of each task's examples; what a run took is in its record's `cost`.
 */
import type { RunConfig } from '../run/config';
import { trainsJointly, type MethodConfig } from '../run/methods';
import type { RunResult } from '../run/result';
import { mixingRates, oldRows } from './mixture';
import { bandsOf, stageSteps } from './order';
import type { PreparedTask } from './prepare';

/** A stage's task: its rows to train on, and their mean tokens of prompt and answer. */
export interface StageTokens {
  rows: number;
  tokens: number;
}

export function stageTokens({ train }: PreparedTask): StageTokens {
  const sum = train.reduce((total, { source, target }) => total + source.length + target.length, 0);
  return { rows: train.length, tokens: sum / Math.max(1, train.length) };
}

const mixed = (stages: readonly StageTokens[], weights: readonly number[]): number => {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return stages.reduce((total, { tokens }, i) => total + tokens * (weights[i] ?? 0), 0) / sum;
};

/** Kept examples of earlier stages, each stage's number of them. */
function keptOf(
  method: MethodConfig & { name: 'replay' | 'a-gem' },
  earlier: readonly StageTokens[],
  seen: readonly number[],
): number[] {
  if (method.name === 'a-gem') return seen.map((rows) => Math.min(rows, method.count));
  if (method.memory === 'count') return seen.map((rows) => Math.min(rows, method.count));
  if (method.memory === 'share')
    return seen.map((rows, i) => Math.min(rows, Math.round(method.share * (earlier[i]?.rows ?? 0))));
  const all = seen.reduce((sum, rows) => sum + rows, 0);
  return seen.map((rows) => (rows * Math.min(all, method.capacity)) / Math.max(1, all));
}

/**
 * Tokens that go through forward and backward in a step, those of reference gradients included, and neither a
 * teacher's forward pass nor a Fisher estimate.
 * @param stages up to the one in question, which is the last; rehearsed tasks come before the first
 * @param seen rows of each earlier stage that have been trained on; all those of a rehearsed task
 * @param gone rows of the stage itself that were offered to a memory before the step
 */
export function tokensAStep(
  method: MethodConfig,
  batchSize: number,
  stages: readonly StageTokens[],
  seen: readonly number[],
  gone = 0,
): number {
  const own = stages.at(-1)?.tokens ?? 0;
  const earlier = stages.slice(0, -1);
  const plain = batchSize * own;
  switch (method.name) {
    case 'multi-task': {
      const ofOld = earlier.length === 0 ? 0 : oldRows(method.share, batchSize);
      if (ofOld === 0) return plain;
      const rates = mixingRates(
        earlier.map(({ rows }) => rows),
        method,
      );
      return (batchSize - ofOld) * own + ofOld * mixed(earlier, rates);
    }
    case 'replay':
    case 'a-gem': {
      const kept = keptOf(method, earlier, seen);
      const all = kept.reduce((sum, rows) => sum + rows, 0);
      const wanted = method.name === 'replay' ? Math.round(method.ratio * batchSize) : method.sample;
      return all < 1 ? plain : plain + Math.min(wanted, all) * mixed(earlier, kept);
    }
    case 'der++': {
      const offered = [...seen, gone];
      const all = Math.min(
        offered.reduce((sum, rows) => sum + rows, 0),
        method.capacity,
      );
      // What has no weight is not drawn.
      const draws = Number(method.alpha > 0) + Number(method.beta > 0);
      const wanted = Math.min(Math.round(method.ratio * batchSize), all);
      return all < 1 ? plain : plain + draws * wanted * mixed(stages, offered);
    }
    default:
      return plain;
  }
}

/** Steps that come to so many tokens; of DER++ a step's own take more or fewer, as its memory fills with the stage. */
function stepsFor(
  budget: number,
  { name }: MethodConfig,
  batchSize: number,
  rows: number,
  each: (gone: number) => number,
): number {
  if (name !== 'der++') return Math.max(1, Math.round(budget / each(0)));
  let [steps, tokens] = [0, 0];
  for (;;) {
    const next = each(Math.min(steps * batchSize, rows));
    if (steps > 0 && tokens + next / 2 > budget) return steps;
    tokens += next;
    steps++;
  }
}

/** The bands of a plan on these tasks, stages first; with `plan.equalTokens` of as many tokens as plain ones. */
export function plannedBands(config: RunConfig, tasks: readonly PreparedTask[]): RunResult['bands'] {
  const bands = bandsOf(config, (id) => tasks.find((task) => task.id === id)?.train.length ?? 0);
  if (config.plan.equalTokens !== true) return bands;
  const { batchSize, method, plan } = config;
  const tokensOf = (id: string): StageTokens => {
    const task = tasks.find((each) => each.id === id);
    if (!task) throw new Error(`The plan trains "${id}", which was not prepared.`);
    return stageTokens(task);
  };
  const stages = plan.stages.map(({ task }) => tokensOf(task));
  // They take part in steps like stages before the first, and bring no budget of their own.
  const rehearsed = (plan.rehearsed ?? []).map(tokensOf);
  const budgets = plan.stages.map(
    (stage, i) => stageSteps(stage, stages[i]!.rows, batchSize) * batchSize * stages[i]!.tokens,
  );
  if (trainsJointly(method) && 'mixing' in method) {
    const members = [...stages, ...rehearsed];
    const rates = mixingRates(
      members.map(({ rows }) => rows),
      method,
    );
    const all = budgets.reduce((sum, tokens) => sum + tokens, 0);
    const to = Math.max(1, Math.round(all / (batchSize * mixed(members, rates))));
    return bands.map((band) => ({ ...band, from: 0, to }));
  }
  let from = 0;
  const seen = rehearsed.map(({ rows }) => rows);
  return bands.map((band, i) => {
    const { rows } = stages[i]!;
    const upTo = [...rehearsed, ...stages.slice(0, i + 1)];
    const each = (gone: number): number => tokensAStep(method, batchSize, upTo, seen, gone);
    const steps = stepsFor(budgets[i] ?? 0, method, batchSize, rows, each);
    seen.push(Math.min(steps * batchSize, rows));
    const to = from + steps;
    const cut = { ...band, from, to };
    from = to;
    return cut;
  });
}
