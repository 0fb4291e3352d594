/** Test rows that one run lost and another kept: both had them right when their task was learnt. */
import { unpackBits, unpackCodes } from '../../run/outcomes';
import type { RunResult } from '../../run/result';
import { scoreAt } from '../run/headline';
import { tasksOf, type TaskInRun } from '../run/names';
import { sameRows } from './baseline';

export interface SwappedTask {
  task: { id: string; name: string };
  /** Rows that were scored, and rows that both runs had right when the task was learnt. */
  n: number;
  both: number;
  /** Of those: lost by the first and kept by the second, the other way round, by both, by neither. */
  lostByFirst: SwappedRow[];
  lostBySecond: SwappedRow[];
  lostByBoth: number;
  keptByBoth: number;
}

export interface SwappedRow {
  row: number;
  reference: string | null;
  /** What the run that lost it says now; null for what is no label of any of its tasks. */
  answer: string | null;
}

interface Rows {
  was: boolean[];
  is: boolean[];
  answers: number[];
}

function rowsOf(run: RunResult, task: TaskInRun, n: number): Rows | null {
  const last = run.matrix.at(-1)?.stage ?? 0;
  const since = task.stage ?? 0;
  const [before, after] = [scoreAt(run, since, task.id)?.outcomes, scoreAt(run, last, task.id)?.outcomes];
  if (since >= last || !before || !after) return null;
  return {
    was: unpackBits(before.right, n),
    is: unpackBits(after.right, n),
    answers: after.answers === undefined ? [] : unpackCodes(after.answers),
  };
}

/** Tasks that both runs had time to lose, on the same rows. */
export function swapped(first: RunResult, second: RunResult): SwappedTask[] {
  const others = tasksOf(second.config);
  return tasksOf(first.config).flatMap((task) => {
    const other = others.find(({ id }) => id === task.id);
    const rows = first.testRows?.find((r) => r.task === task.id);
    if (!other || !rows || task.metric === 'loss' || !sameRows(first, second, task.id)) return [];
    const [a, b] = [rowsOf(first, task, rows.n), rowsOf(second, other, rows.n)];
    if (!a || !b) return [];
    const references = unpackCodes(rows.references);
    const places = a.was.flatMap((right, row) => (right && b.was[row] ? [row] : []));
    const rowsWhere = (loser: Rows, keeper: Rows, labels: readonly string[]): SwappedRow[] =>
      places
        .filter((row) => !loser.is[row] && keeper.is[row])
        .map((row) => ({
          row,
          reference: first.labels?.[(references[row] ?? 0) - 1] ?? null,
          answer: labels[(loser.answers[row] ?? 0) - 1] ?? null,
        }));
    return [
      {
        task: { id: task.id, name: task.name },
        n: rows.n,
        both: places.length,
        lostByFirst: rowsWhere(a, b, first.labels ?? []),
        lostBySecond: rowsWhere(b, a, second.labels ?? []),
        lostByBoth: places.filter((row) => !a.is[row] && !b.is[row]).length,
        keptByBoth: places.filter((row) => a.is[row] && b.is[row]).length,
      },
    ];
  });
}
