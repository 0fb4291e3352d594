/** Buckets of relative positions. @see Raffel et al. 2020, section 2.1 */

export interface BucketSettings {
  /** The encoder sees both ways; the decoder only back. */
  bidirectional: boolean;
  numBuckets: number;
  maxDistance: number;
}

/** Bucket of one relative position, key − query. */
export function relativeBucket(relative: number, s: BucketSettings): number {
  const buckets = s.bidirectional ? s.numBuckets >> 1 : s.numBuckets;
  const first = s.bidirectional && relative > 0 ? buckets : 0;
  const distance = s.bidirectional ? Math.abs(relative) : Math.max(-relative, 0);
  const exact = buckets >> 1;
  if (distance < exact) return first + distance;
  // Distances from `exact` to `maxDistance` share the other half of the buckets, evenly in their logarithm.
  const share = Math.log(distance / exact) / Math.log(s.maxDistance / exact);
  return first + Math.min(exact + Math.floor(share * (buckets - exact)), buckets - 1);
}

/** [queries·keys] buckets; query i stands at position `firstQuery` + i. */
export function relativeBuckets(
  queries: number,
  keys: number,
  s: BucketSettings,
  firstQuery = 0,
): Uint32Array {
  const out = new Uint32Array(queries * keys);
  for (let i = 0; i < queries; i++)
    for (let j = 0; j < keys; j++) out[i * keys + j] = relativeBucket(j - i - firstQuery, s);
  return out;
}
