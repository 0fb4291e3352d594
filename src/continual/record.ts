/** The record of a run: how it begins and how parts of it are added to. */
import type { RunConfig } from '../run/config';
import type { Cost, RunResult, Sample, StageTiming } from '../run/result';
import type { Evaluated } from './evaluate';
import { noMetrics } from './metrics';
import { labelsOf, testRowsOf } from './outcome';
import type { PreparedTask } from './prepare';

/** A run of which nothing is known yet but its config. */
export function newRecord(id: string, config: RunConfig, date: string): RunResult {
  return {
    version: 1,
    id,
    name: config.name ?? planName(config),
    status: 'running',
    createdAt: date,
    updatedAt: date,
    config,
    device: null,
    parameters: 0,
    step: 0,
    totalSteps: 0,
    bands: [],
    losses: [],
    evaluations: [],
    matrix: [],
    metrics: structuredClone(noMetrics),
    samples: [],
    timings: [],
    truncated: [],
  };
}

/** "Reviews → Tickets", for a run that nobody named. */
function planName(config: RunConfig): string {
  const nameOf = (id: string): string => config.tasks.find((task) => task.id === id)?.name ?? id;
  return config.plan.stages.map((stage) => nameOf(stage.task)).join(' → ');
}

/** Ids of the tasks a plan reads, stages in their order and then the watched. */
export function plannedTasks(config: RunConfig): string[] {
  return [...config.plan.stages.map((stage) => stage.task), ...config.plan.watched];
}

/** What the tasks as read say of themselves: what the token limits cut, and what the outcomes of rows refer to. */
export function aboutTasks(
  tasks: readonly PreparedTask[],
): Required<Pick<RunResult, 'truncated' | 'labels' | 'testRows'>> {
  const labels = labelsOf(tasks);
  return { truncated: tasks.map((task) => task.truncated), labels, testRows: testRowsOf(tasks, labels) };
}

/** The cost of the record, begun when there is none. */
export function costOf(record: RunResult): Cost {
  return (record.cost ??= { trainedTokens: 0, gradientTokens: 0, forwardTokens: 0, setBytes: 0 });
}

/** The timing of a stage in the record, begun when there is none; stage 0 is what is scored before training. */
export function timingOf(record: RunResult, stage: number): StageTiming {
  const known = record.timings.find((timing) => timing.stage === stage);
  if (known) return known;
  const timing: StageTiming = { stage, trainSeconds: 0, evaluationSeconds: 0, stepSeconds: 0 };
  record.timings.push(timing);
  return timing;
}

/**
 * Samples with a stage's answers added: the first `count` test rows of the task, which are the same rows at
 * every stage.
 */
export function withAnswers(
  samples: readonly Sample[],
  task: PreparedTask,
  evaluated: Evaluated,
  count: number,
  stage: number,
): Sample[] {
  const before = samples.filter((sample) => sample.task === task.id);
  const others = samples.filter((sample) => sample.task !== task.id);
  const own = task.test.slice(0, count).map((row, i): Sample => ({
    task: task.id,
    prompt: row.prompt,
    reference: row.references[0] ?? '',
    answers: [
      ...(before[i]?.answers ?? []),
      { stage, answer: evaluated.answers[i] ?? '', right: evaluated.right[i] ?? false },
    ],
  }));
  return [...others, ...own];
}
