/** From JSON values to the columns of a table. */
import { looksLikeHeader, nameColumns, numberedColumns } from './header';
import type { Dict, List, Scalar, Value } from './literal';
import { counted, quoteShort } from './places';
import { DataError, type DataProblem, type Table } from './task';

export interface Row {
  value: Value;
  line: number;
  column: number;
  /** Name of the part of the file that it stands in: `train`, `test`. */
  part?: string;
}

type Body = Pick<Table, 'columns' | 'rows' | 'lines' | 'warnings' | 'listColumns' | 'partColumn'>;

export const isScalar = (value: Value): value is Scalar => value.kind !== 'list' && value.kind !== 'dict';

/** Rows that are objects, rows that are lists, or lines of plain text. @throws DataError */
export function tableOfRows(given: readonly Row[], file: string): Body {
  const rows = withJoinedSpans(given);
  const first = rows[0];
  if (!first) throw new DataError({ file, message: 'the file holds no rows; expected at least one.' });
  const shape = shapeOf(first.value);
  const odd = rows.find((row) => shapeOf(row.value) !== shape);
  if (odd)
    throw new DataError({
      file,
      line: odd.line,
      column: odd.column,
      message: `expected ${shape} as in the first row, found ${shapeOf(odd.value)}; all rows must have one shape.`,
    });
  const records = rows.map((row) => fieldsOf(row.value));
  const body = shape === 'a list' ? tableOfLists(records, rows, file) : tableOfFields(records, rows, file);
  if (rows.every((row) => row.part === undefined)) return body;
  const { columns } = nameColumns([...body.columns, 'split'], file);
  return {
    ...body,
    columns,
    partColumn: columns.length - 1,
    rows: body.rows.map((cells, i) => [...cells, rows[i]?.part ?? '']),
  };
}

/**
 * Rows whose text comes in pieces, some of them marked as an entity (`{"data": [{"text": "in "}, {"text": "Rome",
 * "entity": "city"}]}`), get the whole text and the list of what is marked.
 */
function withJoinedSpans(rows: readonly Row[]): readonly Row[] {
  const joined = rows.map((row) => {
    const [only, ...others] = row.value.kind === 'dict' ? [...row.value.entries] : [];
    if (!only || others.length > 0 || only[1].kind !== 'list' || only[1].items.length === 0) return null;
    const { at } = row.value;
    let whole = '';
    const marked: string[] = [];
    for (const item of only[1].items) {
      const text = item.kind === 'dict' ? item.entries.get('text') : undefined;
      if (item.kind !== 'dict' || text?.kind !== 'text') return null;
      whole += text.text;
      const name = item.entries.get('entity') ?? item.entries.get('slot_name') ?? item.entries.get('label');
      if (name && isScalar(name) && name.text !== '') marked.push(`${name.text}: ${text.text.trim()}`);
    }
    const scalar = (text: string): Scalar => ({ kind: 'text', text, at });
    const entries = new Map<string, Value>([
      ['text', scalar(whole)],
      ['entities', scalar(marked.join('; ') || 'none')],
    ]);
    return { ...row, value: { kind: 'dict' as const, entries, at } };
  });
  return joined.every((row) => row !== null) ? joined : rows;
}

const shapeOf = (value: Value) =>
  value.kind === 'dict' ? 'an object' : value.kind === 'list' ? 'a list' : 'plain text';

/** The leaves of a row by name: nested objects give `outer.inner`, list items are numbered. */
function fieldsOf(value: Value): Map<string, Scalar | List> {
  const fields = new Map<string, Scalar | List>();
  const visit = (dict: Dict, prefix: string) => {
    for (const [key, inner] of dict.entries) {
      const name = prefix + key;
      if (inner.kind === 'dict' && inner.entries.size > 0) visit(inner, `${name}.`);
      else if (inner.kind === 'dict') fields.set(name, { kind: 'null', text: '', at: inner.at });
      else fields.set(name, inner);
    }
  };
  if (value.kind === 'dict') visit(value, '');
  else if (value.kind === 'list')
    value.items.forEach((item, i) =>
      fields.set(
        `column ${i + 1}`,
        item.kind === 'dict' ? { kind: 'list', items: [item], at: item.at } : item,
      ),
    );
  else fields.set('text', value);
  return fields;
}

function tableOfFields(
  records: readonly Map<string, Scalar | List>[],
  rows: readonly Row[],
  file: string,
): Body {
  const keys = new Map<string, number>();
  for (const record of records) for (const key of record.keys()) if (!keys.has(key)) keys.set(key, keys.size);
  if (keys.size === 0)
    throw new DataError({
      file,
      line: rows[0]?.line ?? 1,
      message: 'the rows are empty objects; expected named values.',
    });
  const { columns, warnings } = nameColumns([...keys.keys()], file);
  const lists = new Set<number>();
  const nested = new Map<number, number>();
  const cells = records.map((record, r) => {
    const row = Array<string>(keys.size).fill('');
    for (const [key, value] of record) {
      const column = keys.get(key) ?? 0;
      row[column] = cellOf(value);
      if (value.kind !== 'list') continue;
      if (value.items.every(isScalar)) lists.add(column);
      else if (!nested.has(column)) nested.set(column, r);
    }
    return row;
  });
  warnOfNesting(nested, lists, columns, rows, file, warnings);
  warnOfGaps(records, [...keys.keys()], rows, file, warnings);
  return {
    columns,
    rows: cells,
    lines: rows.map((row) => row.line),
    warnings,
    ...(lists.size > 0 ? { listColumns: [...lists].sort((a, b) => a - b) } : {}),
  };
}

function tableOfLists(
  records: readonly Map<string, Scalar | List>[],
  rows: readonly Row[],
  file: string,
): Body {
  const body = tableOfFields(records, rows, file);
  const hasHeader =
    body.listColumns === undefined && rows[0]?.part === undefined && looksLikeHeader(body.rows);
  if (!hasHeader || body.rows.length < 2) return { ...body, columns: numberedColumns(body.columns.length) };
  const named = nameColumns(body.rows[0] ?? [], file, rows[0]?.line);
  return {
    ...body,
    columns: named.columns,
    rows: body.rows.slice(1),
    lines: body.lines.slice(1),
    warnings: [...body.warnings, ...named.warnings],
  };
}

const cellOf = (value: Value): string => (isScalar(value) ? value.text : JSON.stringify(plain(value)));

/** A value as JSON writes it; numbers as the text that the file has. */
function plain(value: Value): unknown {
  if (value.kind === 'list') return value.items.map(plain);
  if (value.kind === 'dict') {
    // Without a prototype, a key such as __proto__ is a key like any other.
    const object = Object.create(null) as { [key: string]: unknown };
    for (const [key, inner] of value.entries) object[key] = plain(inner);
    return object;
  }
  return value.kind === 'null' ? null : value.text;
}

/** Lists of objects have no place in a cell: kept as JSON, refused when a row holds nothing else. */
function warnOfNesting(
  nested: Map<number, number>,
  lists: Set<number>,
  columns: readonly string[],
  rows: readonly Row[],
  file: string,
  warnings: DataProblem[],
): void {
  for (const [column, at] of nested) {
    lists.delete(column);
    const row = rows[at];
    const place = { file, line: row?.line ?? 1, column: row?.column ?? 1 };
    const name = quoteShort(columns[column] ?? '');
    if (nested.size === columns.length)
      throw new DataError({
        ...place,
        message: `${name} is a list of objects or of lists; expected rows of text and numbers (a list of texts is fine). Flatten the file to one text and one label a row.`,
      });
    warnings.push({
      ...place,
      message: `${name} is a list of objects or of lists; its cells are kept as JSON text.`,
    });
  }
}

function warnOfGaps(
  records: readonly Map<string, unknown>[],
  keys: readonly string[],
  rows: readonly Row[],
  file: string,
  warnings: DataProblem[],
): void {
  for (const key of keys) {
    const missing = records.findIndex((record) => !record.has(key));
    if (missing < 0) continue;
    const many = records.reduce((n, record) => n + (record.has(key) ? 0 : 1), 0);
    const first = { file, line: rows[missing]?.line ?? 1 };
    warnings.push({
      ...first,
      message: `${counted(many, 'row has', 'rows have')} no ${quoteShort(key)}; left empty, first here.`,
    });
  }
}
