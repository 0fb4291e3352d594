/** Sample tasks learnt one at a time, from the model as it comes: what it knows, what it learns, what words tell. */
import type { RunConfigInput } from '../../src/run/config';
import { listsBootstrap, type Estimated } from '../../src/run/statistics';
import type { Baselines } from '../tasks/baseline/measure';
import { beforeAndAfter, type StudyRun } from './analyse';

/** As `public/tasks/index.json` has it. */
export interface SampleCard {
  id: string;
  name: string;
  metric: 'exact-match' | 'rouge-l';
}

/** A run of the plan with this one task in place of its own. */
export function aloneRun(
  plan: RunConfigInput,
  { id, name, metric }: SampleCard,
): { name: string; config: RunConfigInput } {
  const [stage] = plan.plan.stages;
  if (!stage || plan.plan.stages.length > 1) throw new RangeError('expected a plan with one stage');
  return {
    name: id,
    config: {
      ...plan,
      name: `${name}, alone`,
      tasks: [{ id, name, metric, data: { kind: 'sample', name: id } }],
      plan: { ...plan.plan, stages: [{ ...stage, task: id }] },
    },
  };
}

export interface AloneRow {
  task: string;
  metric: string;
  before: Estimated;
  after: Estimated;
  /** The best that a baseline reaches without reading. */
  baseline: number;
  /** Points that the fine-tuned model is above it. */
  above: Estimated;
}

/** @param baseline of the task, as measured on its test part */
export function aloneRow(run: StudyRun, { id, metric }: SampleCard, baseline: number): AloneRow {
  const { before, after } = beforeAndAfter(run, id, 'start');
  const estimate = (statistic: (means: readonly number[]) => number): Estimated =>
    listsBootstrap([[before, after]], statistic);
  return {
    task: id,
    metric,
    before: estimate(([a = 0]) => a),
    after: estimate(([, b = 0]) => b),
    baseline,
    above: estimate(([, b = 0]) => b - baseline),
  };
}

/** The best of bags of words, neighbours and copies. A copy chosen by who knows the answer counts for free text. */
export const strongest = (row: Baselines): number =>
  Math.max(
    row.constant,
    row.naiveBayes ?? 0,
    row.logisticRegression ?? 0,
    row.nearestNeighbour ?? 0,
    row.metric === 'rouge-l' ? (row.bestCopy ?? 0) : 0,
  );

const points = ({ mean, low, high }: Estimated): string =>
  `${mean.toFixed(1)} (${(low ?? NaN).toFixed(1)} to ${(high ?? NaN).toFixed(1)})`;

export function aloneMarkdown(rows: readonly AloneRow[]): string {
  const lines = rows.map((row) =>
    [
      row.task,
      row.metric,
      points(row.before),
      points(row.after),
      row.baseline.toFixed(1),
      points(row.above),
    ].join(' | '),
  );
  return [
    '| task | metric | before | fine-tuned | baseline | above it |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}
