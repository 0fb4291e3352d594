/**
 * What became of every test row, packed into text so that a record stays small: 500 rows are 84 characters of
 * right and wrong. With these, stages, seeds and methods are compared on the same rows, and what was lost is seen.
 */

/** The test rows of a task in a run: a fixed sample, the same for every seed and method. */
export interface TestRows {
  task: string;
  /** Rows sampled, and rows of the whole part. */
  n: number;
  of: number;
  /** `packCodes`: for each row the label that is right; 0 for none. */
  references: string;
  /** `packCodes`: all labels of the task; empty for free text, absent in records of earlier versions of the page. */
  labels?: string;
}

/** One task after one stage, in the order of its test rows. */
export interface Outcomes {
  /** `packBits`: an exact match, or at least half of a graded score. */
  right: string;
  /** `packCodes`: graded scores in hundredths of a point. */
  points?: string;
  /** `packFloats`: nats a token, for a task scored by its loss. */
  nats?: string;
  /** `packCodes`: k stands for `labels[k − 1]` of the run, 0 for an answer that is no label of any of its tasks. */
  answers?: string;
  /** Answers that are not, letter for letter, the label of their code; absent in records of earlier versions of the page. */
  written?: Written;
}

/** Texts of some rows. */
export interface Written {
  /** `packCodes`: the rows, in order. */
  rows: string;
  texts: string[];
}

/**
 * What was answered to each row; null where that is not known.
 * @param n rows scored
 * @param labels the run's, which codes count from 1
 */
export function answersOf(outcomes: Outcomes, n: number, labels: readonly string[]): (string | null)[] {
  const { answers, written } = outcomes;
  const codes = answers === undefined ? [] : unpackCodes(answers);
  const texts = Array.from({ length: n }, (_, i) => labels[(codes[i] ?? 0) - 1] ?? null);
  if (written) unpackCodes(written.rows).forEach((row, i) => (texts[row] = written.texts[i] ?? null));
  return texts;
}

function toText(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function toBytes(text: string): Uint8Array {
  const binary = atob(text);
  return Uint8Array.from({ length: binary.length }, (_, i) => binary.charCodeAt(i));
}

/** Eight to a byte, the first in its lowest bit; base64. */
export function packBits(values: readonly boolean[]): string {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return toText(bytes);
}

export function unpackBits(text: string, n: number): boolean[] {
  const bytes = toBytes(text);
  if (bytes.length !== Math.ceil(n / 8)) throw new RangeError(`${bytes.length} bytes are not ${n} bits`);
  return Array.from({ length: n }, (_, i) => (((bytes[i >> 3] ?? 0) >> (i & 7)) & 1) === 1);
}

/** Whole numbers of 0..65535, two bytes each, the low one first; base64. */
export function packCodes(values: ArrayLike<number>): string {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  for (let i = 0; i < values.length; i++) view.setUint16(2 * i, values[i] ?? 0, true);
  return toText(new Uint8Array(view.buffer));
}

export function unpackCodes(text: string): number[] {
  const bytes = toBytes(text);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i, true));
}

/** Float32, the low byte first; base64. */
export function packFloats(values: ArrayLike<number>): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i] ?? 0, true);
  return toText(new Uint8Array(view.buffer));
}

export function unpackFloats(text: string): number[] {
  const bytes = toBytes(text);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/**
 * The score of each row, 0 to 100, or nats for a task scored by its loss: what `pairedBootstrap` compares.
 * @param n rows scored
 */
export function rowScores(outcomes: Outcomes, n: number): number[] {
  if (outcomes.nats !== undefined) return unpackFloats(outcomes.nats);
  if (outcomes.points !== undefined) return unpackCodes(outcomes.points).map((points) => points / 100);
  return unpackBits(outcomes.right, n).map((right) => (right ? 100 : 0));
}

/**
 * Rows that were right and are no longer, counted by the label that was right and the answer now: the
 * confusion that forgetting made. Names are labels, null for an answer or reference that is none.
 * @param labels the run's, which codes count from 1
 */
export function lostTo(
  before: Outcomes,
  after: Outcomes,
  rows: TestRows,
  labels: readonly string[],
): { reference: string | null; answer: string | null; count: number }[] {
  const was = unpackBits(before.right, rows.n);
  const is = unpackBits(after.right, rows.n);
  const references = unpackCodes(rows.references);
  const answers = after.answers === undefined ? [] : unpackCodes(after.answers);
  const found = new Map<number, number>();
  for (let i = 0; i < rows.n; i++) {
    if (!was[i] || is[i]) continue;
    const key = (references[i] ?? 0) * 65536 + (answers[i] ?? 0);
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  const nameOf = (code: number): string | null => labels[code - 1] ?? null;
  return [...found]
    .map(([key, count]) => ({
      reference: nameOf(Math.floor(key / 65536)),
      answer: nameOf(key % 65536),
      count,
    }))
    .sort((a, b) => b.count - a.count);
}
