/** A file of any kind and size, as a table; archives as the files in them. */
import { entryBlob, openArchive, type ArchiveEntry } from '../archive/read';
import { sampleText, type LargeOptions } from './largeText';
import { readTable } from './read';
import { DataError, type Table } from './task';

/** Files up to this size are read as a whole. */
export const wholeBytes = 24e6;
/** Rows that are drawn from larger ones. */
export const sampleRows = 20_000;
/** The largest file that is read. */
const mostBytes = 4e9;
/** The largest content of an archive. */
const mostArchiveBytes = 4e9;

export interface ReadFile {
  table: Table;
  /** Where not every row was taken: how many there are. */
  of: number | null;
}

export interface ReadFileOptions extends Omit<LargeOptions, 'most'> {
  /** Rows to draw from a file that is too large to be read as a whole. */
  most?: number;
  whole?: number;
}

/** @throws DataError naming the file, its line and column, and what was expected */
export async function readFile(file: Blob, name: string, options: ReadFileOptions = {}): Promise<ReadFile> {
  const { most = sampleRows, whole = wholeBytes, ...rest } = options;
  if (file.size > mostBytes)
    throw new DataError({
      file: name,
      message: `${(file.size / 1e9).toFixed(1)} GB; expected at most ${mostBytes / 1e9} GB. Cut the file into parts, and drop one of them.`,
    });
  const small = file.size <= whole;
  if (await isParquet(file)) {
    const { readParquet } = await import('./parquet');
    const { table, of } = await readParquet(file, name, {
      ...(small ? {} : { most }),
      ...(rest.onProgress ? { onProgress: rest.onProgress } : {}),
      ...(rest.signal ? { signal: rest.signal } : {}),
    });
    return told(table, of, name);
  }
  if (small) return { table: readTable(new Uint8Array(await file.arrayBuffer()), name), of: null };
  const { table, of } = await sampleText(file, name, { ...rest, most });
  return told(table, of, name);
}

/** A table, and a word on how it was drawn. */
function told(table: Table, of: number, file: string): ReadFile {
  const rows = table.rows.length;
  // A header is no row.
  if (rows >= of - 1) return { table, of: null };
  const message = `${rows.toLocaleString('en-GB')} of ${of.toLocaleString('en-GB')} rows are drawn at random, the same ones each time; the file is too large to keep as a whole.`;
  return { table: { ...table, warnings: [{ file, message }, ...table.warnings] }, of };
}

async function isParquet(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return String.fromCharCode(...start) === 'PAR1';
}

/** A table as JSON Lines, lists as lists: what is kept of a file that was sampled. */
export function asJsonLines({ columns, rows, listColumns = [] }: Table): Uint8Array<ArrayBuffer> {
  const lists = new Set(listColumns);
  const cell = (text: string, column: number): unknown =>
    lists.has(column) && text.startsWith('[') ? (JSON.parse(text) as unknown) : text;
  const lines = rows.map((cells) =>
    JSON.stringify(Object.fromEntries(columns.map((name, c) => [name, cell(cells[c] ?? '', c)]))),
  );
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}

export interface NamedFile {
  name: string;
  file: Blob;
}

const readable = /\.(csv|tsv|tab|json|jsonl|ndjson|jsonlines|parquet|txt)$/i;

export interface UnpackOptions extends Pick<LargeOptions, 'breathe' | 'signal'> {
  /** Told how many bytes of a file there are already, and how many it has; of an archive those that it unpacks to. */
  onProgress?: (name: string, loaded: number, total: number) => void;
}

/**
 * The files of archives, and the others as they are.
 * @throws DataError, or the signal's reason once that is aborted
 */
export async function unpacked(
  files: readonly NamedFile[],
  options: UnpackOptions = {},
): Promise<NamedFile[]> {
  const all: NamedFile[] = [];
  for (const { name, file } of files) {
    const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
    const isZip = start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;
    if (isZip) all.push(...(await filesOfZip(file, name, options)));
    else {
      all.push({ name, file });
      options.onProgress?.(name, file.size, file.size);
    }
  }
  return all;
}

async function filesOfZip(
  file: Blob,
  name: string,
  { breathe, signal, onProgress }: UnpackOptions,
): Promise<NamedFile[]> {
  const refuse = (error: unknown): never => {
    // Called off is no fault of the archive.
    signal?.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new DataError({ file: name, message: `expected a whole zip archive; ${why}.` });
  };
  const entries: ArchiveEntry[] = await openArchive(file).catch(refuse);
  // What macOS adds to its archives is no data.
  const wanted = entries.filter(({ path }) => readable.test(path) && !/(^|\/)(__MACOSX|\._)/.test(path));
  if (wanted.length === 0)
    throw new DataError({
      file: name,
      message: 'the archive holds no data; expected CSV, TSV, JSON, JSON Lines or Parquet files.',
    });
  const total = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > mostArchiveBytes)
    throw new DataError({
      file: name,
      message: `an archive of more than ${mostArchiveBytes / 1e6} MB; expected a smaller one. Unpack it, and drop the files.`,
    });
  const found: NamedFile[] = [];
  let loaded = 0;
  const came = async (bytes: number) => {
    onProgress?.(name, (loaded += bytes), total);
    await breathe?.();
    signal?.throwIfAborted();
  };
  // One after another: each goes to the browser's disk as it is unpacked.
  for (const entry of wanted)
    found.push({
      name: entry.path.split('/').at(-1) ?? entry.path,
      file: await entryBlob(entry, came).catch(refuse),
    });
  return found;
}

/** Bytes that are in memory already. @throws DataError */
export async function readBytes(bytes: Uint8Array, name: string): Promise<Table> {
  const isParquet = String.fromCharCode(...bytes.subarray(0, 4)) === 'PAR1';
  if (!isParquet) return readTable(bytes, name);
  const { readParquet } = await import('./parquet');
  return (await readParquet(new Blob([bytes as Uint8Array<ArrayBuffer>]), name)).table;
}
