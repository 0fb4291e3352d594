/** Parquet, read row group by row group; the values become a table by the same rules as those of JSON. */
import {
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { Value } from './literal';
import { tableOfRows, type Row } from './records';
import { chosenRows, Reservoir } from './reservoir';
import { DataError, type Table } from './task';

export interface ParquetOptions {
  /** Rows to draw where there are more. */
  most?: number;
  onProgress?: (rows: number, of: number) => void;
  /** Heard after each row group. */
  signal?: AbortSignal;
}

/**
 * @param file the whole file, of which no more than a row group is in memory at once
 * @returns the table, and how many rows the file has
 * @throws DataError
 */
export async function readParquet(
  file: Blob,
  fileName: string,
  { most = Infinity, onProgress, signal }: ParquetOptions = {},
): Promise<{ table: Table; of: number }> {
  const { of, groups, read } = await openParquet(file, fileName);
  if (of === 0) throw noRows(fileName);
  const wanted = chosenRows(of, most);
  const rows: Row[] = [];
  for (const { from, to } of groups) {
    const inGroup = wanted ? wanted.filter((i) => i >= from && i < to) : null;
    if (inGroup?.length !== 0) {
      const row = await read(from, to);
      for (let i = from; i < to; i += 1) if (!wanted) rows.push(row(i));
      for (const i of inGroup ?? []) rows.push(row(i));
    }
    onProgress?.(to, of);
    signal?.throwIfAborted();
  }
  return { table: tableOfParquet(rows, fileName), of };
}

/**
 * One table of several files that go on from one another, the shards of a data set; one of them is needed at a time.
 * @param most rows to draw where there are more
 * @throws DataError
 */
export async function readShards(
  shards: AsyncIterable<{ file: Blob; name: string }>,
  fileName: string,
  most = Infinity,
): Promise<{ table: Table; of: number }> {
  const kept = new Reservoir<Row>(most);
  for await (const { file, name } of shards) {
    const { groups, read } = await openParquet(file, name);
    const before = kept.seen;
    for (const { from, to } of groups) {
      const row = await read(from, to);
      for (let i = from; i < to; i += 1) kept.offer(() => ({ ...row(i), line: before + i + 1 }));
    }
  }
  if (kept.seen === 0) throw noRows(fileName);
  return { table: tableOfParquet(kept.items, fileName), of: kept.seen };
}

const noRows = (file: string): DataError =>
  new DataError({ file, message: 'the file has no rows; expected at least one.' });

const tableOfParquet = (rows: readonly Row[], fileName: string): Table => ({
  ...tableOfRows(rows, fileName),
  format: 'parquet',
  encoding: 'binary',
});

interface OpenParquet {
  /** Rows. */
  of: number;
  groups: { from: number; to: number }[];
  /** Reads a row group. @returns the row of a number in it */
  read: (from: number, to: number) => Promise<(at: number) => Row>;
}

async function openParquet(file: Blob, fileName: string): Promise<OpenParquet> {
  const buffer: AsyncBuffer = {
    byteLength: file.size,
    slice: (start, end) => file.slice(start, end).arrayBuffer(),
  };
  const refuse = (error: unknown): never => {
    if (error instanceof DataError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new DataError({
      file: fileName,
      message: `expected a whole Parquet file; ${why}. Was the download complete?`,
    });
  };
  const metadata = await parquetMetadataAsync(buffer).catch(refuse);
  const labels = classLabels(metadata);
  const columns = columnsOf(metadata, refuse);
  let end = 0;
  const groups = metadata.row_groups.map(({ num_rows: rows }) => {
    const from = end;
    end += Number(rows);
    return { from, to: end };
  });
  return {
    of: Number(metadata.num_rows),
    groups,
    read: async (from, to) => {
      let read: unknown[][] = [];
      await parquetRead({
        file: buffer,
        metadata,
        compressors,
        rowStart: from,
        rowEnd: to,
        onComplete: (done) => (read = done),
      }).catch(refuse);
      // A binary file has no lines: the place of a row is its number.
      if (read.length !== to - from)
        refuse(new Error(`rows ${from + 1} to ${to} are ${read.length} in number`));
      return (at) => ({
        value: rowOf(read[at - from] ?? [], columns, labels),
        line: at + 1,
        column: 1,
      });
    },
  };
}

/** Names of the classes that the `datasets` library keeps as whole numbers, by column. */
function classLabels(metadata: FileMetaData): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return found;
  try {
    const { info } = JSON.parse(text) as {
      info?: { features?: Record<string, { _type?: string; names?: string[] }> };
    };
    for (const [column, feature] of Object.entries(info?.features ?? {}))
      if (feature._type === 'ClassLabel' && Array.isArray(feature.names)) found.set(column, feature.names);
  } catch {
    // A note of another kind: the numbers stay numbers.
  }
  return found;
}

/** Names of the columns, in the order of the values of a row. */
function columnsOf(metadata: FileMetaData, refuse: (error: unknown) => never): string[] {
  try {
    return parquetSchema(metadata).children.map(({ element }) => element.name);
  } catch (error) {
    return refuse(error);
  }
}

/** By a Map, so that a column named `__proto__` is a column like any other. */
function rowOf(row: readonly unknown[], columns: readonly string[], labels: Map<string, string[]>): Value {
  const entries = columns.map((column, c): [string, Value] => {
    const value = row[c];
    return [column, valueOf(labels.get(column)?.[Number(value)] ?? value)];
  });
  return { kind: 'dict', entries: new Map(entries), at: 0 };
}

/** A value of the library as the readers of JSON have it. */
function valueOf(value: unknown): Value {
  const at = 0;
  if (value === null || value === undefined) return { kind: 'null', text: '', at };
  if (typeof value === 'string') return { kind: 'text', text: value, at };
  if (typeof value === 'number' || typeof value === 'bigint')
    return { kind: 'number', text: String(value), at };
  if (typeof value === 'boolean') return { kind: 'boolean', text: String(value), at };
  if (value instanceof Date) return { kind: 'text', text: value.toISOString(), at };
  if (value instanceof Uint8Array) return { kind: 'text', text: `${value.length} bytes`, at };
  if (Array.isArray(value)) return { kind: 'list', items: value.map(valueOf), at };
  if (ArrayBuffer.isView(value))
    return { kind: 'list', items: [...(value as unknown as Iterable<unknown>)].map(valueOf), at };
  return {
    kind: 'dict',
    entries: new Map(Object.entries(value).map(([key, inner]) => [key, valueOf(inner)])),
    at,
  };
}
