/** From tables and a mapping to a task: prompts, answers, and three parts. */
import type { Mapping, Split } from '../run/config';
import { counted, quoteShort } from './places';
import { DEFAULT_SPLIT, inputKey, splitExamples } from './split';
import { DataError, type DataProblem, type Example, type Table, type TaskParts } from './task';
import { compileTemplate, parseTemplate } from './template';

export interface TaskTables {
  train: Table;
  validation?: Table;
  test?: Table;
}

type Part = keyof TaskParts;

/**
 * Applies a mapping to every row. Validation and test parts that no table brings are taken from the file's
 * own parts where it names them, else cut from the training rows by seed.
 * @param split wins over parts that the file names
 * @throws DataError when the mapping does not fit the columns, or no usable training row is left
 */
export function buildTask(
  tables: TaskTables,
  mapping: Mapping,
  split?: Split,
): { parts: TaskParts; problems: DataProblem[] } {
  const problems: DataProblem[] = [];
  const cut = split ?? DEFAULT_SPLIT;
  const examples = (part: Part): Example[] | undefined => {
    const table = tables[part];
    return table && examplesOf(table, mapping, part, problems).map((row) => row.example);
  };
  const rows = examplesOf(tables.train, mapping, 'train', problems);
  const named =
    split || tables.validation || tables.test ? undefined : namedParts(rows, tables.train, problems);
  const given: Partial<TaskParts> = named ?? {};
  const validation = named?.validation ?? examples('validation');
  const test = named?.test ?? examples('test');
  const pool = given.train ?? rows.map((row) => row.example);
  const shares = { validation: validation ? 0 : cut.validation, test: test ? 0 : cut.test };
  if (shares.validation + shares.test >= 1)
    throw new DataError({
      message: 'the validation and test shares leave no row to train on; expected a sum below 1.',
    });
  const drawn = splitExamples(pool, shares, cut.seed);
  const parts: TaskParts = {
    train: drawn.train,
    validation: validation ?? drawn.validation,
    test: test ?? drawn.test,
  };
  if (parts.train.length === 0)
    throw new DataError({ message: 'no row is left to train on; expected rows with an input and a target.' });
  for (const part of ['validation', 'test'] as const) {
    if (parts[part].length === 0)
      problems.push({ message: `the ${part} part is empty; nothing can be scored on it.` });
    else warnOfLeaks(parts.train, parts[part], part, problems);
  }
  return { parts, problems };
}

interface Mapped {
  example: Example;
  part: string;
}

function examplesOf(table: Table, mapping: Mapping, part: Part, problems: DataProblem[]): Mapped[] {
  const { columns } = table;
  const lists = new Set(table.listColumns ?? []);
  const input = compileTemplate(mapping.input, columns);
  const answers = answersOf(table, mapping);
  const empty = { target: [] as number[], input: [] as number[] };
  const mapped: Mapped[] = [];
  table.rows.forEach((cells, i) => {
    const flat =
      lists.size === 0 ? cells : cells.map((cell, c) => (lists.has(c) ? itemsOf(cell).join(', ') : cell));
    const example = { input: input(flat), targets: answers(cells, flat) };
    const [target, ...others] = example.targets;
    if (target === undefined) empty.target.push(table.lines[i] ?? 0);
    else if (example.input.trim() === '') empty.input.push(table.lines[i] ?? 0);
    else
      mapped.push({
        example: {
          input: example.input,
          target,
          ...(others.length > 0 ? { targets: [target, ...others] } : {}),
        },
        part: table.partColumn === undefined ? '' : (cells[table.partColumn] ?? ''),
      });
  });
  for (const [what, lines] of Object.entries(empty))
    if (lines[0] !== undefined)
      problems.push({
        line: lines[0],
        message: `${counted(lines.length, 'row')} of the ${part} file ${lines.length === 1 ? 'has' : 'have'} an empty ${what} and ${lines.length === 1 ? 'is' : 'are'} left out, first here.`,
      });
  return mapped;
}

/** The references of a row, first the one that is trained on; trimmed, none empty, none twice. */
function answersOf(
  table: Table,
  mapping: Mapping,
): (cells: readonly string[], flat: readonly string[]) => string[] {
  const { columns } = table;
  const lists = new Set(table.listColumns ?? []);
  const target = compileTemplate(mapping.target, columns);
  const holes = parseTemplate(mapping.target).flatMap((p) => ('hole' in p ? [columns.indexOf(p.hole)] : []));
  const [only] = holes;
  const single = only !== undefined && holes.every((h) => h === only) ? only : undefined;
  const references = (mapping.references ?? []).map((name) => {
    const index = columns.indexOf(name);
    if (index < 0)
      throw new DataError({
        message: `no column is named ${quoteShort(name)}, which holds references; the columns are ${columns.map((c) => quoteShort(c)).join(', ')}.`,
      });
    return index;
  });
  return (cells, flat) => {
    // Each value goes through the template in the place of the column that the template shows.
    const worded = (value: string) =>
      single === undefined ? value : target(flat.map((cell, c) => (c === single ? value : cell)));
    const valuesAt = (c: number) => (lists.has(c) ? itemsOf(cells[c] ?? '') : [cells[c] ?? '']);
    const main = single === undefined ? [target(flat)] : valuesAt(single).filter(isFull).map(worded);
    const more = references.flatMap(valuesAt).filter(isFull).map(worded);
    return [...new Set([...main, ...more].map((answer) => answer.trim()).filter(isFull))];
  };
}

const isFull = (text: string) => text.trim() !== '';

/** A cell of a list column: a JSON array of texts, or one bare text among lists. */
function itemsOf(cell: string): string[] {
  if (!cell.startsWith('[')) return cell === '' ? [] : [cell];
  try {
    const items: unknown = JSON.parse(cell);
    if (Array.isArray(items))
      return items.map((item) =>
        typeof item === 'string' ? item : item === null ? '' : JSON.stringify(item),
      );
  } catch {
    // Not a list after all, but a text that opens with a bracket.
  }
  return [cell];
}

const PART_NAMES: [Part, RegExp][] = [
  ['train', /(^|[^a-z])(train|training)$/],
  ['validation', /(^|[^a-z])(val|valid|validation|dev|development)$/],
  ['test', /(^|[^a-z])(test|testing|eval|evaluation)$/],
];

/** Which part a name such as `oos_val` or `train` speaks of. */
export const partOfName = (name: string): Part | undefined =>
  PART_NAMES.find(([, pattern]) => pattern.test(name.toLowerCase().trim()))?.[0];

/** The parts a file names itself; nothing unless every name is understood and there is one to train on. */
function namedParts(
  rows: readonly Mapped[],
  table: Table,
  problems: DataProblem[],
): Partial<TaskParts> | undefined {
  if (table.partColumn === undefined) return undefined;
  const parts = new Map<Part, Example[]>();
  for (const row of rows) {
    const part = partOfName(row.part);
    if (!part) {
      problems.push({
        message: `the file names a part ${quoteShort(row.part)}, which is none of train, validation and test; all rows are pooled and split by seed.`,
      });
      return undefined;
    }
    const list = parts.get(part);
    if (list) list.push(row.example);
    else parts.set(part, [row.example]);
  }
  return parts.has('train') ? Object.fromEntries(parts) : undefined;
}

function warnOfLeaks(
  train: readonly Example[],
  scored: readonly Example[],
  part: Part,
  problems: DataProblem[],
): void {
  const seen = new Set(train.map((example) => inputKey(example.input)));
  const leaked = scored.reduce((n, example) => n + (seen.has(inputKey(example.input)) ? 1 : 0), 0);
  if (leaked > 0)
    problems.push({
      message: `${counted(leaked, 'input')} of the ${part} part also ${leaked === 1 ? 'stands' : 'stand'} in the training part; scores may flatter.`,
    });
}
