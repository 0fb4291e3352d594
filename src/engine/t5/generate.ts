/** Answers to prompts: greedy on the device, beams with their bookkeeping on the host. */
import { beamSearch } from './beamSearch';
import type { Decoding, DecodingShape } from './decoding';
import type { T5Model } from './model';
import { sumRows } from '../losses';
import type { Batch, GenerationSettings, RowLosses } from '../types';

/** Positions between looks at what has been written: each look waits for the device. */
const positionsBetweenLooks = 4;

/** Rows and lengths are rounded up, so that few shapes are ever compiled. */
const roundedRows = (rows: number): number => 2 ** Math.ceil(Math.log2(rows));
const roundedLength = (length: number): number => Math.max(16, Math.ceil(length / 16) * 16);

/** The shape that answers to so many prompts are made in, none longer than `source`. */
export const decodingShape = (rows: number, source: number, length: number): DecodingShape => ({
  rows: roundedRows(rows),
  S: roundedLength(source),
  length,
});

/**
 * Token ids of the answer to each source, without start, end and padding.
 * @param sources token ids that end with `</s>`
 * @throws RangeError when maxNewTokens or beams is not a whole number above 0
 */
export async function generate(
  model: T5Model,
  sources: number[][],
  settings: GenerationSettings,
): Promise<number[][]> {
  for (const field of ['maxNewTokens', 'beams'] as const) checkCount(field, settings[field]);
  if (sources.length === 0) return [];
  const answers = await model.enqueue(async () =>
    settings.beams === 1
      ? greedy(model, await startDecoding(model, sources, 1, settings.maxNewTokens), sources.length)
      : beamSearch(model, sources, settings, startDecoding),
  );
  return answers.map((answer) => withoutPadding(model, answer));
}

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${name} is ${value}; expected a whole number above 0`);
}

/** A model may choose padding itself, in the middle of an answer. */
const withoutPadding = (model: T5Model, answer: number[]): number[] =>
  answer.filter((id) => id !== model.config.padTokenId);

/**
 * Greedy answers to the sources of a batch, and the teacher-forced losses of its targets, dropout off. The sources are
 * encoded once for both, which is most of the work where answers are short.
 * @param batch its targets' losses are taken; its sources are answered
 * @throws RangeError when maxNewTokens is not a whole number above 0
 */
export async function answerAndScore(
  model: T5Model,
  batch: Batch,
  maxNewTokens: number,
): Promise<{ answers: number[][]; losses: RowLosses }> {
  checkCount('maxNewTokens', maxNewTokens);
  const { answers, tokenLosses } = await model.enqueue(async () => {
    const decoding = await startDecoding(model, sourcesOf(batch), 1, maxNewTokens);
    const T = batch.targetLength;
    const labels = new Int32Array(decoding.state.rows * T).fill(-100);
    labels.set(batch.labels);
    const { reading } = await decoding.answerLoss(labels, T);
    // Nobody waits for it when answering fails first.
    reading.catch(() => undefined);
    return { answers: await greedy(model, decoding, batch.rows), tokenLosses: await reading };
  });
  return {
    answers: answers.map((answer) => withoutPadding(model, answer)),
    losses: sumRows(batch, tokenLosses),
  };
}

/** Token ids of each row's source, padding left out. */
export function sourcesOf({ rows, sourceLength, source, sourceMask }: Batch): number[][] {
  return Array.from({ length: rows }, (_, row) => {
    const from = row * sourceLength;
    const length = sourceMask.subarray(from, from + sourceLength).reduce((sum, one) => sum + one, 0);
    return [...source.subarray(from, from + length)];
  });
}

/** Encodes the sources, each repeated `copies` times, into a decoding of a rounded shape. */
export async function startDecoding(
  model: T5Model,
  sources: number[][],
  copies: number,
  length: number,
): Promise<Decoding> {
  const longest = Math.max(...sources.map((s) => s.length));
  const shape = decodingShape(sources.length * copies, longest, length);
  const { rows, S } = shape;
  const decoding = model.decoding(shape);
  const ids = new Uint32Array(rows * S).fill(model.config.padTokenId);
  const mask = new Float32Array(rows * S);
  sources.forEach((source, i) => {
    for (let copy = 0; copy < copies; copy++) {
      const start = (i * copies + copy) * S;
      ids.set(source, start);
      mask.fill(1, start, start + source.length);
    }
  });
  await decoding.encode(ids, mask);
  return decoding;
}

/** @param first with its sources encoded; its length is that of the longest answer */
async function greedy(model: T5Model, first: Decoding, count: number): Promise<number[][]> {
  const answers = Array.from({ length: count }, (): number[] => []);
  const eos = model.config.eosTokenId;
  const maxNewTokens = first.state.length;
  let decoding = first;
  /** Row of the decoding → answer that it writes. */
  let open = answers.map((_, i) => i);
  let rowOf = open.map((_, row) => row);
  let t = 0;
  while (t < maxNewTokens && open.length > 0) {
    const end = Math.min(maxNewTokens, t + positionsBetweenLooks);
    for (let position = t; position < end; position++) await decoding.position(position, true);
    const written = await decoding.readIds(t + 1, end + 1);
    const stillOpen: number[] = [];
    const stillRows: number[] = [];
    open.forEach((answer, i) => {
      const row = rowOf[i] ?? 0;
      const ids = written.map((position) => position[row] ?? eos);
      const stop = ids.indexOf(eos);
      answers[answer]?.push(...(stop < 0 ? ids : ids.slice(0, stop)));
      if (stop >= 0) return;
      stillOpen.push(answer);
      stillRows.push(row);
    });
    [open, rowOf, t] = [stillOpen, stillRows, end];
    const fewer = roundedRows(Math.max(1, open.length));
    if (open.length > 0 && t < maxNewTokens && fewer <= decoding.state.rows / 2) {
      const smaller = model.decoding({ rows: fewer, S: decoding.state.S, length: maxNewTokens });
      await decoding.gather(smaller, padded(rowOf, fewer), true);
      const last = written[written.length - 1]!;
      smaller.writeIds(
        t,
        padded(
          rowOf.map((row) => last[row] ?? eos),
          fewer,
        ),
      );
      decoding = smaller;
      rowOf = open.map((_, row) => row);
    }
  }
  return answers;
}

/** The values, and zeros up to `length`. */
function padded(values: number[], length: number): Uint32Array {
  const out = new Uint32Array(length);
  out.set(values);
  return out;
}
