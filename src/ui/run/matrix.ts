/** The accuracy matrix as a table: a column for each task, a row for each stage, row 0 before any training. */
import type { MetricName, RunConfig } from '../../run/config';
import type { RunResult } from '../../run/result';
import type { GridView } from '../charts/view';
import { fixed, signed } from '../format';
import { METRIC_LABELS, stageLabel, tasksOf, type TaskInRun } from './names';

export interface MatrixCell {
  /** Null where nothing is scored yet. */
  value: number | null;
  text: string;
  /** Everything that the cell stands for, for a pointer and a screen reader. */
  title: string;
  /** Strength of the colour, 0..1; null for an empty cell or a loss. */
  heat: number | null;
  /** The stage in which this task was trained. */
  diagonal: boolean;
  /** The 95 % interval, `86–98`. */
  interval?: string;
  /** Share of answers inside the label set, where the task has labels. */
  inside?: string;
}

export interface MatrixView {
  columns: { task: TaskInRun; metric: string }[];
  rows: { stage: number; label: string; cells: MatrixCell[] }[];
}

/** Rows that are still to come are there, empty, so that the table does not jump while a run goes on. */
export function matrixView(result: RunResult): MatrixView {
  const tasks = tasksOf(result.config);
  const last = Math.max(0, ...tasks.map((task) => task.stage ?? 0));
  const stages = Array.from({ length: last + 1 }, (_, i) => i);
  return {
    columns: tasks.map((task) => ({ task, metric: METRIC_LABELS[task.metric] })),
    rows: stages.map((stage) => ({
      stage,
      label: stageLabel(result.config, stage),
      cells: tasks.map((task) => cell(result, stage, task)),
    })),
  };
}

function cell(result: RunResult, stage: number, task: TaskInRun): MatrixCell {
  const diagonal = task.stage === stage;
  const entry = result.matrix.find((r) => r.stage === stage)?.scores.find((s) => s.task === task.id);
  if (!entry) return { value: null, text: '·', title: 'not scored yet', heat: null, diagonal };
  const { value, low, high, n } = entry.score;
  const isLoss = task.metric === 'loss';
  const digits = isLoss ? 2 : 1;
  const before = result.matrix.find((r) => r.stage === stage - 1)?.scores.find((s) => s.task === task.id);
  const parts = [
    `${task.name}: ${fixed(value, digits)}`,
    `95 % interval ${fixed(low, digits)} to ${fixed(high, digits)}, ${n} rows`,
    `loss ${fixed(entry.loss, 2)} nats a token`,
  ];
  if (entry.insideLabelSet !== undefined)
    parts.push(`${fixed(entry.insideLabelSet)} % of the answers are labels`);
  if (before) parts.push(`${signed(value - before.score.value, digits)} in this stage`);
  return {
    value,
    text: fixed(value, digits),
    title: parts.join('; '),
    heat: isLoss ? null : Math.min(1, Math.max(0, value / 100)),
    diagonal,
    interval: `${fixed(low, isLoss ? 2 : 0)}–${fixed(high, isLoss ? 2 : 0)}`,
    ...(entry.insideLabelSet === undefined ? {} : { inside: `${fixed(entry.insideLabelSet)} %` }),
  };
}

/** The same as a picture. */
export function matrixGrid({ columns, rows }: MatrixView): GridView {
  return {
    about: { columns: 'task', rows: 'stage', value: 'score' },
    columns: columns.map(({ task }) => (task.stage === null ? `${task.name}, watched` : task.name)),
    rows: rows.map(({ stage, label }) => `${stage} · ${label}`),
    cells: rows.map((row) =>
      row.cells.map((cell) => ({
        value: cell.value,
        text: cell.text,
        strength: cell.heat ?? 0,
        outlined: cell.diagonal,
        title: cell.title,
        ...(cell.interval === undefined ? {} : { note: cell.interval }),
      })),
    ),
  };
}

export interface MetricView {
  key: string;
  label: string;
  value: string;
  explanation: string;
}

/** What is shown where it is defined, and absent in records of earlier versions of the page. */
function further({ forwardTransfer, retention }: RunResult['metrics']): MetricView[] {
  const views: MetricView[] = [];
  if (typeof forwardTransfer === 'number')
    views.push({
      key: 'forward-transfer',
      label: 'Forward transfer',
      value: signed(forwardTransfer, 1),
      explanation: 'Mean change of later tasks before their own stage, since before training.',
    });
  if (typeof retention === 'number')
    views.push({
      key: 'retention',
      label: 'Retention',
      value: `${fixed(retention, 0)} %`,
      explanation: 'What is left of the earlier tasks’ scores after the last stage.',
    });
  return views;
}

/** The change of a watched task: points with one digit, nats of a loss with three, since little of it is much. */
export const watchedChange = (change: number, metric: MetricName | undefined): string =>
  metric === 'loss' ? `${signed(change, 3)} nats` : signed(change, 1);

function watchedView(
  { task: id, change }: RunResult['metrics']['watched'][number],
  config: RunConfig,
): MetricView {
  const task = tasksOf(config).find((t) => t.id === id);
  return {
    key: `watched-${id}`,
    label: `${task?.name ?? id}, watched`,
    value: watchedChange(change, task?.metric),
    explanation:
      task?.metric === 'loss'
        ? 'Change of the loss a token on a skill that is never trained, since before the run; plus is worse.'
        : 'Change of a skill that is never trained, since before the run; minus is worse.',
  };
}

/** The summary numbers with one line each; a dash where a measure is not defined. */
export function metricViews(result: RunResult): MetricView[] {
  const { averageAccuracy, backwardTransfer, forgetting, watched } = result.metrics;
  const show = (value: number | null, write: (n: number) => string) => (value === null ? '–' : write(value));
  return [
    {
      key: 'average-accuracy',
      label: 'Average accuracy',
      value: show(averageAccuracy, (n) => fixed(n, 1)),
      explanation: 'Mean score over the trained tasks after the last stage.',
    },
    {
      key: 'backward-transfer',
      label: 'Backward transfer',
      value: show(backwardTransfer, (n) => signed(n, 1)),
      explanation: 'Mean change of earlier tasks since each was learnt; negative means loss.',
    },
    {
      key: 'forgetting',
      label: 'Forgetting',
      value: show(forgetting, (n) => fixed(n, 1)),
      explanation: 'Mean fall of earlier tasks from their best score; higher is worse.',
    },
    ...further(result.metrics),
    ...watched.map((change) => watchedView(change, result.config)),
  ];
}
