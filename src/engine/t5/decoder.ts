import { MASKED } from '../ops/attention/attention';
import { dropout } from '../ops/dropout/dropout';
import { embedding } from '../ops/embedding/embedding';
import { tensor4d, type Tensor2D, type Tensor4D } from '../tf';
import { attend, feedForwardLayer, keysAndValues, norm, stackBias, type KeyValues } from './layers';
import { crossAttention, finalNorm, HEAD, selfAttention, SHARED } from './names';
import type { Pass } from './pass';

/** What the decoder reads of the encoder. */
export interface Encoded {
  /** [rows · length, dModel] */
  hidden: Tensor2D;
  length: number;
  /** [rows, 1, 1, length], 0 or MASKED */
  mask: Tensor4D;
}

/**
 * The decoder over whole targets (teacher forcing).
 * @param ids targets shifted right, row-major [rows, length]
 * @returns [rows · length, dModel]
 */
export function decode(pass: Pass, ids: Int32Array, rows: number, encoded: Encoded): Tensor2D {
  const length = ids.length / rows;
  return decoderBlocks(pass, ids, rows, {
    bias: stackBias(pass, 'decoder', length, length),
    mask: causalMask(length),
    crossMask: encoded.mask,
    selfKeyValues: (block, normed) => keysAndValues(pass, normed, selfAttention('decoder', block), length),
    crossKeyValues: (block) => keysAndValues(pass, encoded.hidden, crossAttention(block), encoded.length),
  });
}

/** Where a pass through the decoder finds its keys, values and score terms. */
export interface DecoderSources {
  /** Of self-attention: [1, heads, queryLength, keyLength]. */
  bias: Tensor4D;
  /** Hides later tokens: [1, 1, queryLength, keyLength]; none when there are none. */
  mask?: Tensor4D | undefined;
  /** Hides the source's padding: [rows, 1, 1, sourceLength]. */
  crossMask: Tensor4D;
  selfKeyValues: (block: number, normed: Tensor2D) => KeyValues;
  crossKeyValues: (block: number) => KeyValues;
}

/**
 * The decoder's blocks over the tokens at hand, whether they are whole targets or one step of each.
 * @param ids row-major [rows, queryLength]
 * @returns [rows · queryLength, dModel]
 */
export function decoderBlocks(
  pass: Pass,
  ids: Int32Array,
  rows: number,
  { bias, mask, crossMask, selfKeyValues, crossKeyValues }: DecoderSources,
): Tensor2D {
  let hidden = dropout(
    embedding(pass.weight(SHARED) as Tensor2D, ids),
    pass.dropout('decoder', 0, 'embedding'),
  );
  for (let block = 0; block < pass.config.numDecoderLayers; block++) {
    const place = { stack: 'decoder', block, rows } as const;
    const self = selfAttention('decoder', block);
    let normed = norm(pass, hidden, self.norm);
    const own = selfKeyValues(block, normed);
    hidden = attend(pass, hidden, normed, self, own, { bias, mask }, { ...place, kind: 'self' });
    // The position bias of cross-attention is zero.
    const cross = crossAttention(block);
    normed = norm(pass, hidden, cross.norm);
    const read = crossKeyValues(block);
    hidden = attend(pass, hidden, normed, cross, read, { mask: crossMask }, { ...place, kind: 'cross' });
    hidden = feedForwardLayer(pass, 'decoder', block, hidden);
  }
  return dropout(norm(pass, hidden, finalNorm('decoder')), pass.dropout('decoder', 0, 'final'));
}

/**
 * The output head.
 * @param hidden [n, dModel]
 * @returns logits [n, vocabSize]
 */
export function head(pass: Pass, hidden: Tensor2D): Tensor2D {
  const { tieWordEmbeddings, scaleDecoderOutputs, dModel } = pass.config;
  return pass.linear(hidden, tieWordEmbeddings ? SHARED : HEAD, scaleDecoderOutputs ? dModel ** -0.5 : 1);
}

/** [1, 1, length, length]: MASKED where the key is later than the query. */
function causalMask(length: number): Tensor4D {
  const mask = new Float32Array(length * length);
  for (let query = 0; query < length; query++)
    mask.fill(MASKED, query * length + query + 1, (query + 1) * length);
  return tensor4d(mask, [1, 1, length, length]);
}
