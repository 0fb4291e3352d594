/** JSON, JSON Lines and files of Python literals: finds the rows, whatever they are wrapped in. */
import { LiteralError, readLiteral, type Dialect, type Dict, type List, type Value } from './literal';
import { Places, counted, quoteShort } from './places';
import { isScalar, tableOfRows, type Row } from './records';
import { DataError, type DataProblem, type Table } from './task';

type Body = Omit<Table, 'encoding' | 'delimiter'>;

/** One value a line. @throws DataError with the line and column of the first that cannot be read */
export function readJsonLines(text: string, file: string): Body {
  const rows: Row[] = [];
  let dialect: Dialect = 'json';
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === '') continue;
    const read = readEither(line, dialect);
    if (read instanceof LiteralError)
      throw new DataError({ file, line: i + 1, column: read.offset + 1, message: `${read.expected}.` });
    dialect = read.dialect;
    const indent = /\S/.exec(line)?.index ?? 0;
    rows.push({ value: read.value, line: i + 1, column: indent + 1 });
  }
  const table = tableOfRows(rows, file);
  return {
    ...table,
    format: dialect === 'json' ? 'jsonl' : 'python',
    warnings: [...pythonNote(dialect, file), ...table.warnings],
  };
}

/** A whole document. @throws DataError */
export function readJson(text: string, file: string): Body {
  const places = new Places(text);
  const read = readEither(text, 'json');
  if (read instanceof LiteralError)
    throw new DataError({ file, ...places.at(read.offset), message: `${read.expected}.` });
  const warnings: DataProblem[] = pythonNote(read.dialect, file);
  const rows = rowsOf(read.value, file, places, warnings);
  const table = tableOfRows(rows, file);
  return {
    ...table,
    format: read.dialect === 'json' ? 'json' : 'python',
    warnings: [...warnings, ...table.warnings],
  };
}

const pythonNote = (dialect: Dialect, file: string): DataProblem[] =>
  dialect === 'json'
    ? []
    : [{ file, message: 'not JSON but Python literals (single quotes, None); read as such.' }];

/** Tries one dialect, then the other; of two errors the one further into the text is the truer. */
function readEither(text: string, first: Dialect): { value: Value; dialect: Dialect } | LiteralError {
  const other: Dialect = first === 'json' ? 'python' : 'json';
  let error: LiteralError | undefined;
  for (const dialect of [first, other]) {
    try {
      return { value: readLiteral(text, dialect), dialect };
    } catch (thrown) {
      if (!(thrown instanceof LiteralError)) throw thrown;
      if (!error || thrown.offset > error.offset) error = thrown;
    }
  }
  return error ?? new LiteralError('expected a value', 0);
}

/** Names under which files keep their rows. */
const ROWS = ['data', 'rows', 'examples', 'records', 'instances', 'items'];

function rowsOf(value: Value, file: string, places: Places, warnings: DataProblem[]): Row[] {
  const row = (item: Value, part?: string): Row => ({
    value: item,
    ...places.at(item.at),
    ...(part === undefined ? {} : { part }),
  });
  if (value.kind === 'list') return value.items.map((item) => row(item));
  if (value.kind !== 'dict')
    throw new DataError({
      file,
      ...places.at(value.at),
      message: 'a single value; expected a list of objects, or an object of named lists.',
    });

  const entries = [...value.entries];
  const lists = entries.filter((e): e is [string, List] => e[1].kind === 'list' && e[1].items.length > 0);
  const ofRows = lists.filter(([, list]) => list.items.every((item) => !isScalar(item)));
  const chosen = ofRows.find(([name]) => ROWS.includes(name.toLowerCase()));
  const ignore = (kept: readonly string[]) => {
    const others = entries.map(([name]) => name).filter((name) => !kept.includes(name));
    if (others.length > 0)
      warnings.push({
        file,
        message: `rows are read from ${kept.map((k) => quoteShort(k)).join(', ')}; left out: ${others.map((o) => quoteShort(o)).join(', ')}.`,
      });
  };
  if (chosen || ofRows.length === 1) {
    const [name, list] = chosen ?? ofRows[0]!;
    ignore([name]);
    return list.items.map((item) => row(item));
  }
  if (ofRows.length > 1) {
    ignore(ofRows.map(([name]) => name));
    return ofRows.flatMap(([part, list]) => list.items.map((item) => row(item, part)));
  }
  const columns = columnsOf(entries, value, file, places);
  if (columns) return columns;
  const inner = entries.filter((e): e is [string, Dict] => e[1].kind === 'dict' && e[1].entries.size > 0);
  if (inner.length === entries.length && inner.length > 1)
    return inner.map(([key, dict]) =>
      row({ ...dict, entries: new Map([['key', text(key, dict.at)], ...dict.entries]) }),
    );
  throw new DataError({
    file,
    ...places.at(value.at),
    message: `an object without rows (it has ${counted(entries.length, 'key')}: ${entries
      .slice(0, 5)
      .map(([k]) => quoteShort(k))
      .join(
        ', ',
      )}); expected a list of objects, an object of named lists of rows, or columns of equal length.`,
  });
}

const text = (value: string, at: number): Value => ({ kind: 'text', text: value, at });

/** `{"text": ["a", "b"], "label": ["x", "y"]}`, and pandas' `{"text": {"0": "a"}, "label": {"0": "x"}}`. */
function columnsOf(
  entries: readonly [string, Value][],
  whole: Dict,
  file: string,
  places: Places,
): Row[] | undefined {
  const columns = new Map<string, Value[]>();
  for (const [name, value] of entries) {
    if (value.kind === 'list') columns.set(name, value.items);
    else if (value.kind === 'dict' && [...value.entries.keys()].every((key) => /^\d+$/.test(key)))
      columns.set(name, [...value.entries.values()]);
    else return undefined;
  }
  const [first, ...others] = [...columns];
  if (!first || first[1].length === 0) return undefined;
  const odd = others.find(([, items]) => items.length !== first[1].length);
  if (odd)
    throw new DataError({
      file,
      ...places.at(whole.entries.get(odd[0])?.at ?? whole.at),
      message: `the column ${quoteShort(odd[0])} has ${odd[1].length} values, ${quoteShort(first[0])} has ${first[1].length}; expected columns of equal length.`,
    });
  return first[1].map((item, i) => ({
    value: {
      kind: 'dict',
      at: item.at,
      entries: new Map([...columns].map(([name, items]) => [name, items[i]!])),
    },
    ...places.at(item.at),
  }));
}
