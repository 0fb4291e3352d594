/** CSV, TSV and JSON Lines too large for memory: a fair sample of the rows, read in one pass. */
import { guessDelimiter } from './delimiter';
import { decodeText } from './encoding';
import { Reservoir } from './reservoir';
import { DataError, type Table } from './task';
import { readTable } from './read';

export interface LargeOptions {
  /** Rows to draw. */
  most: number;
  /** Bytes that they may have together; fewer are drawn where they have more. */
  mostBytes?: number;
  onProgress?: (loaded: number, total: number) => void;
  /** Told of the first rows at once. */
  onPreview?: (table: Table) => void;
  /** Gives the event loop a turn, so that the signal may be heard. */
  breathe?: () => Promise<void>;
  signal?: AbortSignal;
}

/** What is looked at to tell encoding, delimiter and columns, and shown first. */
const headBytes = 1 << 20;
/** Bytes of the rows that are drawn: the table and what is kept of it are some times as large. */
const sampleBytes = 64e6;
/** Milliseconds after which others get a turn. */
const turnMs = 30;
/** A record longer than this is a quote that nobody closed. */
const longestRecord = 16 << 20;

/**
 * @returns the sample as a table whose lines are those of the file, and how many records there are
 * @throws DataError
 */
export async function sampleText(
  file: Blob,
  fileName: string,
  { most, mostBytes = sampleBytes, onProgress, onPreview, breathe, signal }: LargeOptions,
): Promise<{ table: Table; of: number }> {
  const head = new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
  // A character may be cut at the end of the head; the last line goes, and with it the cut.
  const whole = head.subarray(0, Math.max(head.lastIndexOf(10), head.lastIndexOf(13)) + 1);
  if (whole.length === 0)
    throw new DataError({
      file: fileName,
      message:
        'no line ends in the first megabyte; expected rows. Save the file as JSON Lines, a row a line.',
    });
  const { text, encoding } = decodeText(whole, fileName);
  if (/^\s*(\[|\{\s*$)/m.test(text.slice(0, 200)) && !/^\s*(\{.*\}|\[.*\])\s*$/m.test(text.slice(0, 100_000)))
    throw new DataError({
      file: fileName,
      message: `one JSON document of ${Math.round(file.size / 1e6)} MB has to be in memory as a whole, which is too much; expected JSON Lines, a row a line, for files this large.`,
    });
  const json = /^\s*[[{]/.test(text);
  const quoted = !json && guessDelimiter(text, ',')?.delimiter !== '\t';
  const splitter = new RecordSplitter(
    quoted ? (guessDelimiter(text, ',')?.delimiter ?? ',') : null,
    fileName,
  );
  const first: Sampled[] = [];
  const reservoir = new Reservoir<Sampled>(most, 0, {
    weigh: ({ record }) => record.length,
    most: mostBytes,
  });
  const take = (record: string, line: number) => {
    if (record.trim() === '') return;
    // The first record may be the header and is always kept.
    if (first.length === 0) first.push(sampled(record, line));
    else reservoir.offer(() => sampled(record, line));
  };
  if (onPreview) onPreview(tableOf(headRecords(text, quoted), fileName));
  const decoder = new TextDecoder(labelOf(encoding));
  const reader = file.stream().getReader();
  let loaded = 0;
  let turned = performance.now();
  try {
    for (;;) {
      // Pieces that are there already come without a turn of the event loop, and nobody's word would be heard.
      if (breathe && performance.now() - turned > turnMs) {
        await breathe();
        turned = performance.now();
      }
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      loaded += value.length;
      splitter.push(decoder.decode(value, { stream: true }), take);
      onProgress?.(loaded, file.size);
    }
    splitter.push(decoder.decode(), take);
    splitter.end(take);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return { table: tableOf([...first, ...reservoir.items], fileName), of: first.length + reservoir.seen };
}

interface Sampled {
  /** In bytes of its own: a slice of a text would keep the whole text, and with it the file, in memory. */
  record: Uint8Array;
  line: number;
}

const encoder = new TextEncoder();
const sampled = (record: string, line: number): Sampled => ({ record: encoder.encode(record), line });
const lineEnd = 10;

/** The sample read as a small file would be, with the lines of the large one. */
function tableOf(records: Sampled[], fileName: string): Table {
  const whole = new Uint8Array(records.reduce((sum, { record }) => sum + record.length + 1, 0));
  const starts: number[] = [];
  let line = 1;
  let at = 0;
  for (const { record } of records) {
    whole.set(record, at);
    at += record.length;
    whole[at] = lineEnd;
    at += 1;
    starts.push(line);
    line += 1;
    for (let end = record.indexOf(lineEnd); end >= 0; end = record.indexOf(lineEnd, end + 1)) line += 1;
  }
  // The last one has no line end of ours.
  const table = readTable(whole.subarray(0, Math.max(0, at - 1)), fileName);
  const origin = new Map(starts.map((start, i) => [start, records[i]?.line ?? start]));
  const placed = (at: number) => origin.get(at) ?? at;
  return {
    ...table,
    lines: table.lines.map(placed),
    warnings: table.warnings.map((warning) =>
      warning.line === undefined ? warning : { ...warning, line: placed(warning.line) },
    ),
  };
}

/** The records of the head but the last, which may be cut inside quotes. */
function headRecords(text: string, quoted: boolean): Sampled[] {
  const records: Sampled[] = [];
  const splitter = new RecordSplitter(quoted ? (guessDelimiter(text, ',')?.delimiter ?? ',') : null, '');
  splitter.push(text, (record, line) => {
    if (record.trim() !== '' && records.length < 2000) records.push(sampled(record, line));
  });
  return records;
}

/** A name that TextDecoder takes, of what decodeText says. */
const labelOf = (encoding: string): string => encoding.replace(/ \(.*\)$/, '');

/** Cuts text that comes in pieces into records: lines, or for CSV what lies between line ends outside quotes. */
export class RecordSplitter {
  #rest = '';
  /** Where scanning goes on in the rest. */
  #at = 0;
  #line = 1;
  #quoted = false;
  #fieldStart = true;

  /** @param delimiter null where quotes have no meaning */
  constructor(
    private readonly delimiter: string | null,
    private readonly file: string,
  ) {}

  push(text: string, take: (record: string, line: number) => void): void {
    this.#rest += text;
    const { delimiter } = this;
    const quote = 34;
    const separator = delimiter?.charCodeAt(0) ?? -1;
    let start = 0;
    let i = this.#at;
    for (; i < this.#rest.length; i += 1) {
      const code = this.#rest.charCodeAt(i);
      if (this.#quoted) {
        if (code !== quote) continue;
        // Whether this quote closes the field or is written twice is told by the next character.
        if (i + 1 >= this.#rest.length) break;
        if (this.#rest.charCodeAt(i + 1) === quote) i += 1;
        else this.#quoted = false;
      } else if (code === 10) {
        const end = i > start && this.#rest.charCodeAt(i - 1) === 13 ? i - 1 : i;
        this.#give(this.#rest.slice(start, end), take);
        start = i + 1;
        this.#fieldStart = true;
      } else if (code === quote && delimiter !== null && this.#fieldStart) this.#quoted = true;
      else this.#fieldStart = code === separator;
    }
    this.#rest = this.#rest.slice(start);
    this.#at = i - start;
    if (this.#rest.length > longestRecord)
      throw new DataError({
        file: this.file,
        line: this.#line,
        message: `a row that begins here does not end within ${longestRecord >> 20} MB; expected a closing quote, or a line end.`,
      });
  }

  end(take: (record: string, line: number) => void): void {
    if (this.#rest.trim() === '') return;
    if (this.#quoted && !this.#rest.endsWith('"'))
      throw new DataError({
        file: this.file,
        line: this.#line,
        message:
          'a quoted field of the row that begins here never closes; expected a closing quote. A quote inside a quoted field is written twice ("").',
      });
    this.#give(this.#rest, take);
  }

  #give(record: string, take: (record: string, line: number) => void): void {
    take(record, this.#line);
    this.#line += 1;
    for (let at = record.indexOf('\n'); at >= 0; at = record.indexOf('\n', at + 1)) this.#line += 1;
  }
}
