/**
 * What was lost: rows that were right after one stage and are wrong after a later one, and to which task's answers.
 * From the outcomes that a record has of every test row.
 */
import { lostTo, unpackBits, unpackCodes, type TestRows } from '../../run/outcomes';
import type { RunResult } from '../../run/result';
import type { GridView } from '../charts/view';
import { fixed } from '../format';
import { scoreAt } from '../run/headline';
import { tasksOf, type TaskInRun } from '../run/names';

/** A row that was right and no longer is. */
export interface LostRow {
  /** Its place among the test rows of the task. */
  row: number;
  reference: string | null;
  /** The label answered now; null for an answer that is no label of any task. */
  answer: string | null;
}

export interface LostTask {
  task: TaskInRun;
  /** Rows that were right after the earlier stage, of `n`. */
  right: number;
  n: number;
  rows: LostRow[];
  /** Rows that were wrong and are right now. */
  won: number;
  /** Rows lost to the labels of each task of the run, in their order; last those that are no label. */
  to: number[];
  /** The right label, the answer now, and how often: the most frequent first. */
  confusions: { reference: string | null; answer: string | null; count: number }[];
}

/** The stages of a run between which rows can be compared: those in the matrix with outcomes. */
export function comparableStages(run: RunResult): number[] {
  return run.matrix
    .filter((row) => row.scores.some((score) => score.outcomes))
    .map(({ stage }) => stage)
    .sort((a, b) => a - b);
}

/** A stage, or for each task the end of its own; for a watched one, before training. */
export type Since = number | 'learnt';

/** Tasks whose rows are right or wrong, and have outcomes after both stages. */
export function lostBetween(run: RunResult, since: Since, to: number): LostTask[] {
  const labels = run.labels ?? [];
  const tasks = tasksOf(run.config);
  const owners = ownersOf(run, tasks);
  return tasks.flatMap((task) => {
    const rows = run.testRows?.find((t) => t.task === task.id);
    const from = since === 'learnt' ? (task.stage ?? 0) : since;
    if (from >= to) return [];
    const before = scoreAt(run, from, task.id)?.outcomes;
    const after = scoreAt(run, to, task.id)?.outcomes;
    if (!rows || !before || !after || task.metric === 'loss') return [];
    const was = unpackBits(before.right, rows.n);
    const is = unpackBits(after.right, rows.n);
    const references = unpackCodes(rows.references);
    const answers = after.answers === undefined ? [] : unpackCodes(after.answers);
    const named = (code = 0) => labels[code - 1] ?? null;
    const lost = was.flatMap((right, row): LostRow[] =>
      right && !is[row] ? [{ row, reference: named(references[row]), answer: named(answers[row]) }] : [],
    );
    const counts = new Array<number>(tasks.length + 1).fill(0);
    for (const { answer } of lost) {
      const place = placeOf(owners, answer, task, tasks);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    return [
      {
        task,
        right: was.filter(Boolean).length,
        n: rows.n,
        rows: lost,
        won: is.filter((right, row) => right && !was[row]).length,
        to: counts,
        confusions: lostTo(before, after, rows, labels),
      },
    ];
  });
}

/** Which tasks have a label. */
function ownersOf(run: RunResult, tasks: readonly TaskInRun[]): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const { id } of tasks) {
    const rows = run.testRows?.find((t) => t.task === id);
    for (const code of rows ? labelCodes(rows) : []) {
      const label = run.labels?.[code - 1];
      if (label !== undefined) owners.set(label, [...(owners.get(label) ?? []), id]);
    }
  }
  return owners;
}

/** The labels of a task: as the record lists them, or those of its test rows in records that do not. */
function labelCodes(rows: TestRows): number[] {
  return [...new Set(unpackCodes(rows.labels ?? rows.references))].filter((code) => code > 0);
}

/** A label that several tasks have is the row's own task's, if it is one of them. */
function placeOf(
  owners: ReadonlyMap<string, string[]>,
  answer: string | null,
  own: TaskInRun,
  tasks: readonly TaskInRun[],
): number {
  const having = answer === null ? [] : (owners.get(answer) ?? []);
  const id = having.includes(own.id) ? own.id : having[0];
  return id === undefined ? tasks.length : tasks.findIndex((task) => task.id === id);
}

/** Confusion by task: rows lost of each task (down) by the task whose label was answered (across). */
export function confusionView(lost: readonly LostTask[], tasks: readonly TaskInRun[]): GridView {
  const most = Math.max(1, ...lost.flatMap(({ to }) => to));
  const names = [...tasks.map((task) => task.name), 'no label'];
  return {
    about: { columns: 'answered as', rows: 'lost of', value: 'rows' },
    columns: names,
    rows: lost.map(({ task, rows, right }) => `${task.name}: ${rows.length} of ${right}`),
    cells: lost.map(({ task, to, rows }) =>
      to.map((value, i) => {
        const share = rows.length === 0 ? 0 : (100 * value) / rows.length;
        const own = tasks[i]?.id === task.id;
        const where = own ? 'another of its own labels' : i === tasks.length ? 'no label' : (names[i] ?? '');
        return {
          value,
          text: String(value),
          strength: value / most,
          outlined: own,
          title: `${value} rows of ${task.name} answered with ${own || i === tasks.length ? where : `a label of ${where}`}`,
          ...(value === 0 ? {} : { note: `${fixed(share)} %` }),
        };
      }),
    ),
  };
}

export interface LostExampleRow {
  row: number;
  /** Null where the data has not been read and the record has no prompt of it. */
  prompt: string | null;
  reference: string | null;
  /** The answer now, in words where the record has them. */
  answer: string;
}

/**
 * The lost rows of a task in words. Without its data, those whose prompts are in the record come first.
 * @param examples the test rows of the task, in their order; null where they have not been read
 */
export function lostExampleRows(
  run: RunResult,
  { task, rows }: LostTask,
  to: number,
  examples: readonly { input: string; target: string }[] | null,
): LostExampleRow[] {
  const told = (run.lost ?? []).filter((example) => example.task === task.id && example.stage === to);
  if (examples)
    return rows.map(({ row, reference, answer }) => {
      const prompt = examples[row]?.input ?? null;
      const words = told.find((example) => example.prompt === prompt)?.answer;
      const right = reference ?? examples[row]?.target ?? null;
      return { row, prompt, reference: right, answer: words ?? answer ?? 'no label' };
    });
  // The record has prompts of the first rows lost since the task was learnt.
  const since = task.stage ?? 0;
  const first = lostBetween(run, since, to).find((lost) => lost.task.id === task.id)?.rows ?? [];
  const byRow = new Map(told.map((example, i) => [first[i]?.row, example]));
  return rows
    .map(({ row, reference, answer }): LostExampleRow => {
      const example = byRow.get(row);
      return {
        row,
        prompt: example?.prompt ?? null,
        reference: reference ?? example?.reference ?? null,
        answer: example?.answer ?? answer ?? 'no label',
      };
    })
    .sort((a, b) => Number(a.prompt === null) - Number(b.prompt === null) || a.row - b.row);
}
