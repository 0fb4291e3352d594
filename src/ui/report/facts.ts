/** What a report says of a run besides its pictures: settings, machine, measures with intervals, how to repeat it. */
import { trainsJointly } from '../../run/methods';
import { methodLabel } from '../../run/methodGuide';
import { pairedBootstrap, type Pair } from '../../run/statistics';
import type { RunConfig } from '../../run/config';
import type { RunResult } from '../../run/result';
import {
  earlierTasks,
  ended,
  sinceBest,
  sinceLearnt,
  trainedTasks,
  type Measured,
} from '../compare/baseline';
import { backendNames, bytes, count, duration, fixed, plural, signed } from '../format';
import { spoken } from '../spoken.svelte';
import { watchedChange } from '../run/matrix';
import { stageName, tasksOf, type TaskInRun } from '../run/names';

export interface Fact {
  label: string;
  value: string;
}

export interface MeasureFact extends Fact {
  /** The 95 % interval over test rows; absent where rows are not kept. */
  range?: string;
}

function measure(
  run: RunResult,
  tasks: TaskInRun[],
  of: (run: RunResult, task: TaskInRun) => Measured | null,
): { low: number; high: number } | null {
  const pairs = tasks.flatMap((task): Pair[] => {
    const rows = of(run, task)?.rows;
    return rows ? [{ a: rows, b: rows.map(() => 0) }] : [];
  });
  if (pairs.length === 0 || pairs.length < tasks.length) return null;
  const { low, high } = pairedBootstrap([pairs]);
  return low === null || high === null ? null : { low, high };
}

/** By the matrix: a bootstrap takes a while, and a run that goes on changes many times a second. */
const known = new WeakMap<object, MeasureFact[]>();

/** The summary numbers; those that the run does not define are left out. */
export function measureFacts(run: RunResult): MeasureFact[] {
  const facts = known.get(run.matrix) ?? measured(run);
  known.set(run.matrix, facts);
  return facts;
}

function measured(run: RunResult): MeasureFact[] {
  const { averageAccuracy, backwardTransfer, forgetting, watched } = run.metrics;
  const earlier = trainsJointly(run.config.method) ? [] : earlierTasks(run);
  const fact = (
    label: string,
    value: number | null,
    write: (n: number) => string,
    interval: { low: number; high: number } | null,
  ): MeasureFact[] =>
    value === null
      ? []
      : [
          {
            label,
            value: write(value),
            ...(interval && { range: `${fixed(interval.low, 1)} to ${fixed(interval.high, 1)}` }),
          },
        ];
  const plain = (n: number) => fixed(n, 1);
  const change = (n: number) => signed(n, 1);
  return [
    ...fact('Average accuracy', averageAccuracy, plain, measure(run, trainedTasks(run), ended)),
    ...fact('Backward transfer', backwardTransfer, change, measure(run, earlier, sinceLearnt)),
    ...fact('Forgetting', forgetting, plain, measure(run, earlier, sinceBest)),
    ...watched.flatMap(({ task: id, change: by }) => {
      const task = tasksOf(run.config).find((t) => t.id === id);
      return fact(`${task?.name ?? id}, watched`, by, (n) => watchedChange(n, task?.metric), null);
    }),
  ];
}

function modelWords({ model }: RunConfig): string {
  switch (model.source) {
    case 'bundled':
      return `${model.name}, served with the page`;
    case 'hub':
      return `${model.id} of the Hub, revision ${model.revision}`;
    case 'folder':
      return `folder ${model.path}`;
    case 'stored':
      return `${model.id}, kept in the browser`;
    case 'checkpoint':
      return `${model.checkpointId} of run ${model.runId}`;
  }
}

export function settingFacts(run: RunResult): Fact[] {
  const { config } = run;
  const { optimizer, evaluation } = config;
  const stages = config.plan.stages.map(({ steps, epochs }, i) => {
    const amount = steps === undefined ? plural(epochs ?? 0, 'epoch') : plural(steps, 'step');
    return `${stageName(config, i + 1) || (config.plan.stages[i]?.task ?? '')} (${amount})`;
  });
  const watched = tasksOf(config).filter(({ stage }) => stage === null);
  const rows = run.testRows?.map(({ n }) => n) ?? [];
  return [
    { label: 'Model', value: `${modelWords(config)}; ${count(run.parameters)} parameters` },
    { label: 'Stages', value: stages.join(', ') },
    ...(watched.length > 0 ? [{ label: 'Watched', value: watched.map(({ name }) => name).join(', ') }] : []),
    {
      label: 'Method',
      value: `${methodLabel(config.method)}${config.lora ? `, LoRA of rank ${config.lora.rank} on ${config.lora.targets.join(', ')}` : ''}`,
    },
    {
      label: 'Optimiser',
      value: `${optimizer.name}, learning rate ${optimizer.learningRate}, ${optimizer.schedule.name}; batch ${config.batchSize}; ${config.maxSourceTokens} + ${config.maxTargetTokens} tokens`,
    },
    { label: 'Seed', value: String(config.seed) },
    {
      label: 'Scored',
      value: `on ${evaluation.examples} validation rows every ${plural(evaluation.everySteps, 'step')}; the matrix on ${rows.length > 0 ? rows.join(', ') : evaluation.testExamples} test rows`,
    },
  ];
}

export function machineFacts(run: RunResult): Fact[] {
  const { device, timings } = run;
  const seconds = (key: 'trainSeconds' | 'evaluationSeconds') =>
    timings.reduce((sum, timing) => sum + timing[key], 0);
  // The description of WebAssembly has its threads.
  const threads =
    device && device.threads > 1 && device.backend !== 'wasm' ? `; ${plural(device.threads, 'thread')}` : '';
  return [
    {
      label: 'Backend',
      value: device
        ? `${backendNames[device.backend]}: ${spoken(device.description)}${device.software ? ', emulated on the CPU' : ''}${threads}`
        : 'not known',
    },
    ...(device ? [{ label: 'Browser', value: device.userAgent }] : []),
    {
      label: 'Time',
      value: `${duration(seconds('trainSeconds'))} of training, ${duration(seconds('evaluationSeconds'))} of scoring`,
    },
    ...(run.memoryBytes === undefined
      ? []
      : [{ label: 'Memory', value: `${bytes(run.memoryBytes)} planned` }]),
  ];
}

/** Whether a fresh checkout has all that the config names. */
export function standsAlone({ model, tasks, fork }: RunConfig): boolean {
  const open = ['bundled', 'hub', 'folder'].includes(model.source);
  return open && !fork && tasks.every(({ data }) => data.kind === 'sample' || data.kind === 'files');
}
