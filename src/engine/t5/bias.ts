/** Relative positions to buckets, on the CPU: small, exact, and the same for every backend. */

/**
 * The bucket of a distance, as T5 counts them: half of them exact, half growing with the logarithm.
 * @param relative key position − query position
 * @param bidirectional true in the encoder, where keys to the right have buckets of their own
 * @see Raffel et al. 2020, section 2.1; Mesh TensorFlow, transformer_layers.py
 */
export function relativeBucket(
  relative: number,
  bidirectional: boolean,
  buckets: number,
  maxDistance: number,
): number {
  const each = bidirectional ? Math.floor(buckets / 2) : buckets;
  const offset = bidirectional && relative > 0 ? each : 0;
  const distance = bidirectional ? Math.abs(relative) : Math.max(-relative, 0);
  const exact = Math.floor(each / 2);
  if (distance < exact) return offset + distance;
  // Rounded to float32 where PyTorch does, since a bucket's edge may lie within the rounding.
  const logarithm = Math.fround(Math.log(Math.fround(distance / exact)));
  const share = Math.fround(logarithm / Math.fround(Math.log(maxDistance / exact)));
  const grown = exact + Math.trunc(Math.fround(share * (each - exact)));
  return offset + Math.min(grown, each - 1);
}

/**
 * The bucket of every pair of positions.
 * @param firstQuery position of the first query: the number of tokens in the cache when decoding
 * @returns row-major [queryLength, keyLength]
 */
export function relativeBuckets(
  queryLength: number,
  keyLength: number,
  bidirectional: boolean,
  buckets: number,
  maxDistance: number,
  firstQuery = 0,
): Int32Array {
  return Int32Array.from({ length: queryLength * keyLength }, (_, i) => {
    const query = firstQuery + Math.floor(i / keyLength);
    return relativeBucket((i % keyLength) - query, bidirectional, buckets, maxDistance);
  });
}
