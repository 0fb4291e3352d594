/** First guesses that a person can correct: which columns, which metric, which labels. */
import type { Mapping, MetricName } from '../run/config';
import { DataError, type Example, type Table, type TaskParts } from './task';
import { hole } from './template';

/** Usual names, best first. */
const INPUTS = (
  'input inputs prompt text sentence utterance dialogue dialog conversation question query message article document ' +
  'review content source src tweet comment body passage mr context'
).split(' ');
const TARGETS = (
  'target output outputs summary highlights answer response reply completion label label_text intent category class ' +
  'sentiment emotion topic reference ref translation tgt tag entities slots'
).split(' ');
const REFERENCES = ['targets', 'references', 'answers', 'refs'];

interface Column {
  name: string;
  /** In lower case, and without a number at its end. */
  plain: string;
  stem: string;
  distinct: number;
  filled: number;
  averageLength: number;
  numeric: boolean;
}

/** @throws DataError when there is no column left for the target */
export function guessMapping(table: Table): Mapping {
  const columns = columnsOf(table);
  if (columns.length < 2)
    throw new DataError({
      message: `found only the column ${columns.map((c) => `"${c.name}"`).join('')}; expected at least two, one to read and one to answer.`,
    });
  const rows = table.rows.length;
  const isLabel = (c: Column) =>
    c.distinct > 1 && c.averageLength <= 40 && c.distinct <= Math.max(2, Math.min(300, rows * 0.2));
  const words = columns.filter((c) => !c.numeric && c.averageLength >= 12 && !isLabel(c));

  const named = findNamed(columns, INPUTS);
  const target = findNamed(
    columns.filter((c) => c !== named),
    TARGETS,
  );
  const input = named ?? words.find((c) => c !== target) ?? longest(columns.filter((c) => c !== target));
  const rest = columns.filter((c) => c !== input);
  const answer =
    target ??
    shortest(rest.filter((c) => isLabel(c) && !c.numeric)) ??
    words.find((c) => c !== input) ??
    shortest(rest.filter(isLabel)) ??
    longest(rest);
  if (!input || !answer)
    throw new DataError({ message: 'no column holds text; expected one to read and one to answer.' });
  const references = rest
    .filter(
      (c) =>
        c !== answer &&
        (REFERENCES.includes(c.plain) || (c.stem !== c.plain && c.stem === answer.stem && !isNumbered(c))),
    )
    .map((c) => c.name);
  return {
    input: hole(input.name),
    target: hole(answer.name),
    ...(references.length > 0 ? { references } : {}),
  };
}

function columnsOf(table: Table): Column[] {
  const sample = table.rows.slice(0, 5000);
  return table.columns.flatMap((name, index) => {
    if (index === table.partColumn) return [];
    const cells = sample.map((row) => (row[index] ?? '').trim()).filter((cell) => cell !== '');
    const plain = name.toLowerCase();
    return {
      name,
      plain,
      stem: plain.replace(/[\s_-]*\d+$/, '') || plain,
      distinct: new Set(cells).size,
      filled: cells.length,
      averageLength: cells.reduce((sum, cell) => sum + cell.length, 0) / Math.max(1, cells.length),
      numeric: cells.length > 0 && cells.every((cell) => /^[+-]?[\d.,]+$/.test(cell)),
    };
  });
}

/** Named by us, for want of a header: the name says nothing. */
const isNumbered = (c: Column) => /^column \d+( \d+)?$/.test(c.plain);

/** By whole name first, then without the number at its end, then by one of its words. */
function findNamed(columns: readonly Column[], names: readonly string[]): Column | undefined {
  const filled = columns.filter((c) => c.filled > 0 && !isNumbered(c));
  const by = (holds: (c: Column, name: string) => boolean) => {
    for (const name of names) {
      const found = filled.find((c) => holds(c, name));
      if (found) return found;
    }
    return undefined;
  };
  return (
    by((c, name) => c.plain === name) ??
    by((c, name) => c.stem === name) ??
    by((c, name) => !c.numeric && c.plain.split(/[\s_.-]+/).includes(name))
  );
}

const longest = (columns: readonly Column[]) =>
  columns.reduce<Column | undefined>(
    (best, c) => (!best || c.averageLength > best.averageLength ? c : best),
    undefined,
  );
const shortest = (columns: readonly Column[]) =>
  columns.reduce<Column | undefined>(
    (best, c) => (!best || c.averageLength < best.averageLength ? c : best),
    undefined,
  );

/** Few distinct short targets: exact match. Long ones: ROUGE-L. Between: token F1. */
export function guessMetric(examples: readonly Example[]): MetricName {
  if (examples.length === 0) return 'loss';
  const targets = examples.map((e) => e.target);
  const averageWords = targets.reduce((sum, t) => sum + t.split(/\s+/).length, 0) / targets.length;
  if (averageWords <= 6 && recurs(targets)) return 'exact-match';
  return averageWords >= 8 ? 'rouge-l' : 'token-f1';
}

const MOST_LABELS = 300;
const recurs = (targets: readonly string[]) => {
  const distinct = new Set(targets).size;
  return distinct <= MOST_LABELS && distinct <= Math.max(2, targets.length / 2);
};

/** The label set of a classification task, sorted; empty when the answers are free text. */
export function labelsOf(parts: TaskParts): string[] {
  const all = [...parts.train, ...parts.validation, ...parts.test];
  if (guessMetric(all) !== 'exact-match') return [];
  return [...new Set(all.map((e) => e.target))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
