/** The contributions of a step, cut into pieces that a program each runs for. */
import { halvesOf } from './halves';
import type { Batch, Contribution, ParameterSet, StoredLogits } from './types';

/** A contribution, or some rows of it, with every weight settled. */
export interface Piece {
  batch: Batch;
  /** Target tokens of the whole contribution, which its losses are means over. */
  tokens: number;
  /** Of the cross-entropy. */
  weight: number;
  match?: { kind: 'distillation' | 'logits'; weight: number; temperature: number; teacher?: ParameterSet };
  /** What the logits are held to, where that comes from the host. */
  given?: StoredLogits;
  sampleSeed?: number;
}

export const targetTokens = (batch: Batch): number =>
  batch.labels.reduce((count, label) => count + (label >= 0 ? 1 : 0), 0);

/** Rows from..to of a batch, padded as it is. */
function rowsOf(batch: Batch, from: number, to: number): Batch {
  const { sourceLength, targetLength } = batch;
  return {
    rows: to - from,
    sourceLength,
    targetLength,
    source: batch.source.subarray(from * sourceLength, to * sourceLength),
    sourceMask: batch.sourceMask.subarray(from * sourceLength, to * sourceLength),
    labels: batch.labels.subarray(from * targetLength, to * targetLength),
  };
}

const isStored = (teacher: ParameterSet | StoredLogits): teacher is StoredLogits => Array.isArray(teacher);

/** What matches and where its logits come from; nothing where its weight is 0. */
function matchOf({ match, batch }: Contribution): Pick<Piece, 'match' | 'given'> {
  if (!match || match.weight === 0) return {};
  const { kind, weight } = match;
  const temperature = kind === 'distillation' ? match.temperature : 1;
  if (!(temperature > 0)) throw new RangeError(`a temperature of ${temperature}: it must be above 0`);
  const from = kind === 'distillation' ? match.teacher : match.logits;
  if (!isStored(from)) return { match: { kind, weight, temperature, teacher: from } };
  if (from.length !== batch.rows)
    throw new RangeError(`${from.length} rows of stored logits for a batch of ${batch.rows}`);
  return { match: { kind, weight, temperature }, given: from };
}

/**
 * Pieces of at most `mostRows` rows, in order. Rows without a target token in a piece count all the same: the
 * padded shape is what a program is made for.
 * @throws RangeError where stored logits don't fit their batch, or a match asks for labels that are drawn
 */
export function piecesOf(contributions: readonly Contribution[], mostRows = Infinity): Piece[] {
  return contributions.flatMap((contribution) => {
    const { batch, weight = 1, sampledLabels } = contribution;
    const { match, given } = matchOf(contribution);
    if (weight === 0 && !match) return [];
    if (match && sampledLabels !== undefined)
      throw new RangeError('labels that are drawn cannot be trained together with given logits');
    const tokens = Math.max(1, targetTokens(batch));
    const pieces: Piece[] = [];
    for (let from = 0; from < batch.rows; from += mostRows) {
      const to = Math.min(batch.rows, from + mostRows);
      pieces.push({
        batch: to - from === batch.rows ? batch : rowsOf(batch, from, to),
        tokens,
        weight,
        ...(match && { match }),
        ...(given && { given: given.slice(from, to) }),
        // Other rows draw otherwise.
        ...(sampledLabels !== undefined && {
          sampleSeed: (sampledLabels + pieces.length * 0x9e3779b9) >>> 0,
        }),
      });
    }
    return pieces;
  });
}

/**
 * Stored logits where a program reads them: [rows·targetLength, vocabulary], zero where there is no label.
 * @throws RangeError where a row's logits are not [target tokens, vocabulary]
 */
export async function spreadLogits(
  stored: StoredLogits,
  batch: Batch,
  vocabulary: number,
): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(batch.rows * batch.targetLength * vocabulary);
  for (const [row, entry] of stored.entries()) {
    const logits = halvesOf(await entry);
    let next = 0;
    for (let t = row * batch.targetLength; t < (row + 1) * batch.targetLength; t++) {
      if ((batch.labels[t] ?? -1) < 0) continue;
      out.set(logits.subarray(next, next + vocabulary), t * vocabulary);
      next += vocabulary;
    }
    if (next !== logits.length)
      throw new RangeError(`row ${row + 1} has ${logits.length} stored logits, its targets call for ${next}`);
  }
  return out;
}
