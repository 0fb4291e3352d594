import { dropout } from '../ops/dropout/dropout';
import { embedding } from '../ops/embedding/embedding';
import type { Tensor2D, Tensor4D } from '../tf';
import { attend, feedForwardLayer, keysAndValues, norm, stackBias } from './layers';
import { finalNorm, selfAttention, SHARED } from './names';
import type { Pass } from './pass';

/**
 * The encoder.
 * @param ids row-major [rows, length]
 * @param mask what hides padding from attention: [rows, 1, 1, length], 0 or MASKED
 * @returns [rows · length, dModel]
 * @see Raffel et al. 2020; Hugging Face transformers, modeling_t5.py
 */
export function encode(pass: Pass, ids: Int32Array, rows: number, mask: Tensor4D): Tensor2D {
  const length = ids.length / rows;
  // Embeddings are not scaled, and positions enter through the bias alone.
  let hidden = dropout(
    embedding(pass.weight(SHARED) as Tensor2D, ids),
    pass.dropout('encoder', 0, 'embedding'),
  );
  const bias = stackBias(pass, 'encoder', length, length);
  for (let block = 0; block < pass.config.numLayers; block++) {
    const names = selfAttention('encoder', block);
    const normed = norm(pass, hidden, names.norm);
    const keyValues = keysAndValues(pass, normed, names, length);
    const place = { stack: 'encoder', block, kind: 'self', rows } as const;
    hidden = attend(pass, hidden, normed, names, keyValues, { bias, mask }, place);
    hidden = feedForwardLayer(pass, 'encoder', block, hidden);
  }
  return dropout(norm(pass, hidden, finalNorm('encoder')), pass.dropout('encoder', 0, 'final'));
}
