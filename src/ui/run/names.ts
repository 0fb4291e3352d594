/** The tasks of a run in the order in which the page always shows them: as trained, then the watched ones. */
import type { MetricName, RunConfig } from '../../run/config';
import { ALL_TASKS, trainsJointly } from '../../run/methods';
import type { RunResult } from '../../run/result';
import { visible } from '../../security/visible';

export interface TaskInRun {
  id: string;
  name: string;
  metric: MetricName;
  /** Stage that trains it, from 1, which joint training has one of; null for a watched task. */
  stage: number | null;
  /** Its place in the palette. */
  colour: number;
}

export function tasksOf(config: RunConfig): TaskInRun[] {
  const trained = config.plan.stages.map((s) => s.task);
  const joint = trainsJointly(config.method);
  return [...trained, ...config.plan.watched].map((id, colour) => {
    const task = config.tasks.find((t) => t.id === id);
    const stage = trained.indexOf(id);
    return {
      id,
      name: visible(task?.name ?? id),
      metric: task?.metric ?? 'exact-match',
      stage: stage < 0 ? null : joint ? 1 : stage + 1,
      colour,
    };
  });
}

/** The name of what a stage trains. */
export function stageName(config: RunConfig, stage: number): string {
  if (trainsJointly(config.method)) return 'all tasks';
  return tasksOf(config).find((task) => task.stage === stage)?.name ?? '';
}

/** A row of the accuracy matrix, by what was done before it. */
export const stageLabel = (config: RunConfig, stage: number): string =>
  stage === 0 ? 'before training' : `after ${stageName(config, stage)}`;

/** Where a model stands that no stage has trained yet. */
// @wc-include
export const BEFORE = 'before';

/** The band in which a task is trained. */
export function bandOf(result: RunResult, task: TaskInRun): RunResult['bands'][number] | undefined {
  if (task.stage === null) return undefined;
  return result.bands.find((band) => band.task === task.id || band.task === ALL_TASKS);
}

export const METRIC_LABELS: Record<MetricName, string> = {
  'exact-match': 'exact match',
  'token-f1': 'token F1',
  'rouge-1': 'ROUGE-1',
  'rouge-2': 'ROUGE-2',
  'rouge-l': 'ROUGE-L',
  'rouge-lsum': 'ROUGE-Lsum',
  loss: 'loss',
};

// @wc-include
export const STATUS_LABELS: Record<RunResult['status'], string> = {
  running: 'running',
  paused: 'paused',
  interrupted: 'interrupted',
  stopped: 'stopped',
  failed: 'failed',
  finished: 'finished',
};

/** The letter that stands for the run at a place of a comparison: A, B, C … */
export function letterOf(place: number): string {
  return String.fromCharCode(65 + (place % 26));
}

/** Every task of several runs, each once, in the order of first appearance. */
export function tasksTogether(configs: RunConfig[]): { id: string; name: string }[] {
  const tasks = new Map<string, string>();
  for (const { id, name } of configs.flatMap(tasksOf)) if (!tasks.has(id)) tasks.set(id, name);
  return [...tasks].map(([id, name]) => ({ id, name }));
}
