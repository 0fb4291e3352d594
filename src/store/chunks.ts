/** Cuts content that comes in pieces of any size into chunks of exactly `size` bytes, the last one shorter. */
export async function* inChunks(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  if (content instanceof Uint8Array) {
    for (let at = 0; at < content.length; at += size) yield copied(content.subarray(at, at + size));
    return;
  }
  let buffer = new Uint8Array(0);
  let filled = 0;
  for await (const piece of content) {
    let taken = 0;
    while (taken < piece.length) {
      const part = piece.subarray(taken, taken + size - filled);
      buffer = withRoom(buffer, filled, filled + part.length, size);
      buffer.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled === size) {
        yield buffer;
        // The consumer may keep what it was given, so the next chunk starts in a buffer of its own.
        buffer = new Uint8Array(0);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield buffer.slice(0, filled);
}

/** Grows by doubling, so that a small file never costs a whole chunk. */
function withRoom(buffer: Uint8Array<ArrayBuffer>, filled: number, needed: number, most: number) {
  if (needed <= buffer.length) return buffer;
  const larger = new Uint8Array(Math.min(most, Math.max(needed, 2 * buffer.length)));
  larger.set(buffer.subarray(0, filled));
  return larger;
}

/** A copy with a buffer of its own: a structured clone of a view would take its whole buffer along. */
function copied(view: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(view.length);
  copy.set(view);
  return copy;
}
