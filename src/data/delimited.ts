/** CSV, TSV and their kin, parsed by papaparse; this file finds the places of rows and of errors. */
import Papa from 'papaparse';
import { delimiterName, newlineOf, type Delimiter } from './delimiter';
import { looksLikeHeader, nameColumns, numberedColumns } from './header';
import { Places, counted, quoteShort } from './places';
import { DataError, type DataProblem, type Table } from './task';

interface Record {
  cells: string[];
  /** Offset of its first character. */
  at: number;
}

interface QuoteFault {
  message: string;
  at: number;
}

/** @throws DataError at the first quote that does not close, for all but tab-separated files */
export function readDelimited(
  text: string,
  delimiter: Delimiter,
  file: string,
): Pick<Table, 'columns' | 'rows' | 'lines' | 'warnings'> {
  const places = new Places(text);
  const warnings: DataProblem[] = [];
  const records = (delimiter === '\t' ? recordsOfTsv : recordsOfCsv)(text, delimiter, file, places, warnings);
  if (records.length === 0)
    throw new DataError({ file, message: 'the file holds no rows; expected a header and rows.' });

  const lineOf = (record: Record) => places.at(record.at).line;
  const hasHeader = looksLikeHeader(records.slice(0, 1000).map((r) => r.cells));
  const header = hasHeader ? records.shift() : undefined;
  if (header && records.length === 0)
    throw new DataError({
      file,
      line: lineOf(header),
      message: `only a header (${header.cells.map((c) => quoteShort(c)).join(', ')}) and no rows; expected rows after it.`,
    });
  const named = header
    ? nameColumns(header.cells, file, lineOf(header))
    : { columns: numberedColumns(usualWidth(records)), warnings: [] };
  warnings.push(...named.warnings);
  const lines = records.map(lineOf);
  const { columns, rows } = evenOut(records, lines, named.columns, file, warnings);
  if (!header)
    warnings.push({
      file,
      message: `no header found; the columns are called ${columns.map((c) => quoteShort(c)).join(', ')}.`,
    });
  return { columns, rows, lines, warnings };
}

function recordsOfCsv(text: string, delimiter: Delimiter, file: string, places: Places): Record[] {
  const { records, fault } = parse(text, delimiter, true);
  if (fault) throw new DataError({ file, ...places.at(fault.at), message: fault.message });
  return records;
}

/** In tab-separated files a quote is often just a quote, so quoting has to earn its keep. */
function recordsOfTsv(
  text: string,
  delimiter: Delimiter,
  file: string,
  places: Places,
  warnings: DataProblem[],
): Record[] {
  const { records, fault } = parse(text, delimiter, true);
  if (!fault && isEven(records) && records.every((r) => r.cells.every((cell) => !/[\r\n]/.test(cell))))
    return records;
  const plain = parse(text, delimiter, false).records;
  if (!fault && !isEven(plain)) return records;
  if (!fault && plain.length === records.length) return records;
  const place = fault ? places.at(fault.at) : {};
  warnings.push({
    file,
    ...place,
    message:
      'quotes do not pair up as CSV quoting; read as plain tab-separated lines, every quote kept as it is.',
  });
  return plain;
}

const isEven = (records: readonly Record[]) =>
  records.every((r) => r.cells.length === records[0]?.cells.length);

function parse(
  text: string,
  delimiter: Delimiter,
  quoted: boolean,
): { records: Record[]; fault?: QuoteFault } {
  const body = text.replace(/[\r\n]+$/, '');
  const newline = newlineOf(body);
  const records: Record[] = [];
  let start = 0;
  let fault: QuoteFault | undefined;
  if (body === '') return { records };
  Papa.parse<string[]>(body, {
    delimiter,
    newline,
    ...(quoted ? {} : { fastMode: true }),
    step: ({ data: cells, errors, meta }, parser) => {
      const error = errors.find((e) => e.type === 'Quotes');
      if (error) {
        fault = quoteFault(body, delimiter, (error.index ?? 1) - 1);
        parser.abort();
        return;
      }
      // Lines are cut at \n; what is left of \r\n hangs on the last field.
      const last = cells.length - 1;
      if (newline === '\n' && cells[last]?.endsWith('\r')) cells[last] = cells[last].slice(0, -1);
      if (cells.some((cell) => cell.trim() !== '')) records.push({ cells, at: start });
      start = meta.cursor;
    },
  });
  return fault ? { records, fault } : { records };
}

/** papaparse tells where the field opens; the quote that offends comes later. */
function quoteFault(text: string, delimiter: Delimiter, opened: number): QuoteFault {
  const advice = 'A quote inside a quoted field is written twice ("").';
  for (let at = text.indexOf('"', opened + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    if (text[at + 1] === '"') {
      at++;
      continue;
    }
    const next = /[^ ]/.exec(text.slice(at + 1, at + 200))?.[0];
    if (next !== undefined && next !== delimiter && next !== '\n' && next !== '\r') {
      const field = quoteShort(text.slice(opened, at + 1));
      return {
        at,
        message: `a quote ends the field that opens with ${field}, but ${quoteShort(next)} follows; expected a ${delimiterName(delimiter)} or a line end. ${advice}`,
      };
    }
  }
  return {
    at: opened,
    message: `a quoted field opens here and never closes; expected a closing quote, then a ${delimiterName(delimiter)} or a line end. ${advice}`,
  };
}

function usualWidth(records: readonly Record[]): number {
  const times = new Map<number, number>();
  let best = 1;
  for (const { cells } of records) {
    const n = (times.get(cells.length) ?? 0) + 1;
    times.set(cells.length, n);
    if (n > (times.get(best) ?? 0)) best = cells.length;
  }
  return best;
}

/** Short rows are filled with empty cells, long ones get columns of their own: nothing is dropped. */
function evenOut(
  records: readonly Record[],
  lines: readonly number[],
  names: readonly string[],
  file: string,
  warnings: DataProblem[],
): { columns: string[]; rows: string[][] } {
  const expected = names.length;
  const widest = records.reduce((most, r) => Math.max(most, r.cells.length), expected);
  const columns = nameColumns([...names, ...numberedColumns(widest).slice(expected)], file).columns;
  const firstWhere = (holds: (width: number) => boolean) => {
    const odd = records.flatMap(({ cells }, i) => (holds(cells.length) ? [i] : []));
    const first = odd[0];
    return first === undefined
      ? undefined
      : { line: lines[first] ?? 0, width: records[first]?.cells.length ?? 0, many: odd.length };
  };
  const short = firstWhere((width) => width < expected);
  const long = firstWhere((width) => width > expected);
  const fields = counted(expected, 'field');
  if (short)
    warnings.push({
      file,
      line: short.line,
      message: `expected ${fields}, found ${short.width}; the missing ones are empty (${counted(short.many, 'row')} like this).`,
    });
  if (long)
    warnings.push({
      file,
      line: long.line,
      message: `expected ${fields}, found ${long.width}; the further ones are kept as ${quoteShort(columns[expected] ?? '')} and so on (${counted(long.many, 'row')} like this). A field that holds the delimiter needs quotes.`,
    });
  const rows = records.map(({ cells }) =>
    cells.length === widest ? cells : [...cells, ...Array<string>(widest - cells.length).fill('')],
  );
  return { columns, rows };
}
