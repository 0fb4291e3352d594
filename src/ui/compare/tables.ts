/** The tables of the comparison as they leave the page. */
import { methodLabel } from '../../run/methodGuide';
import type { RunResult } from '../../run/result';
import type { ChartTable } from '../charts/table';
import { headline } from '../run/headline';
import { runName } from '../run/memorable';
import { STATUS_LABELS } from '../run/names';
import type { Difference } from '../run/differences';
import type { SwappedTask } from './swapped';

/** With a plain minus sign, so that sheets read it as a number. */
const measure = (value: number | null): string => (value === null ? '' : value.toFixed(1));

/** The runs as they stand in the list, with what it takes to tell them apart. */
export function runsTable(runs: readonly RunResult[]): ChartTable {
  return {
    columns: [
      'run',
      'plan',
      'method',
      'seed',
      'backend',
      'status',
      'when',
      'tags',
      'headline',
      'average accuracy',
      'backward transfer',
      'forgetting',
    ],
    rows: runs.map((run) => ({
      head: runName(run),
      cells: [
        run.name,
        methodLabel(run.config.method),
        String(run.config.seed),
        run.device?.backend ?? '',
        STATUS_LABELS[run.status],
        run.createdAt,
        (run.annotation?.tags ?? []).join(', '),
        headline(run)?.text ?? '',
        measure(run.metrics.averageAccuracy),
        measure(run.metrics.backwardTransfer),
        measure(run.metrics.forgetting),
      ].map((text) => ({ text })),
    })),
  };
}

export function differencesTable(labels: readonly string[], differences: readonly Difference[]): ChartTable {
  return {
    columns: ['setting', ...labels],
    rows: differences.map(({ path, values }) => ({ head: path, cells: values.map((text) => ({ text })) })),
  };
}

export function swappedTable(first: string, second: string, tasks: readonly SwappedTask[]): ChartTable {
  return {
    columns: [
      'task',
      'rows',
      'right in both when learnt',
      `lost by ${first} alone`,
      `lost by ${second} alone`,
      'lost by both',
      'kept by both',
    ],
    rows: tasks.map(({ task, n, both, lostByFirst, lostBySecond, lostByBoth, keptByBoth }) => ({
      head: task.name,
      cells: [n, both, lostByFirst.length, lostBySecond.length, lostByBoth, keptByBoth].map((value) => ({
        text: String(value),
      })),
    })),
  };
}
