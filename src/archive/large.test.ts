/** An archive above 4 GiB, whose fields need the 64-bit extension; of its zeros none is kept. */
import { expect, test } from 'vitest';
import { openArchive, readEntry } from './read';
import { zipFolder } from './write';

const PIECE = 16 << 20;
const none = Buffer.alloc(PIECE);

/** Bytes on the way to nowhere, that can be looked at: pieces of zeros alone are kept as their length. */
class Sparse extends Blob {
  readonly #pieces: { at: number; length: number; bytes: Uint8Array | null }[] = [];
  #size = 0;

  add(piece: Uint8Array): void {
    const empty = piece.length > 100_000 && Buffer.compare(piece, none.subarray(0, piece.length)) === 0;
    const bytes = empty ? null : piece.slice();
    this.#pieces.push({ at: this.#size, length: piece.length, bytes });
    this.#size += piece.length;
  }

  override get size(): number {
    return this.#size;
  }

  override slice(from = 0, to = this.#size): Blob {
    const whole = new Uint8Array(Math.min(to, this.#size) - from);
    for (const { at, length, bytes } of this.#pieces)
      if (bytes && at < from + whole.length && at + length > from)
        whole.set(
          bytes.subarray(Math.max(0, from - at), Math.min(length, from + whole.length - at)),
          Math.max(0, at - from),
        );
    return new Blob([whole]);
  }
}

async function* zeros(bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  const piece = new Uint8Array(PIECE);
  for (let at = 0; at < bytes; at += PIECE)
    yield await Promise.resolve(piece.subarray(0, Math.min(PIECE, bytes - at)));
}

test('above 4 GiB sizes and places are written in 64 bits, and read', { timeout: 300_000 }, async () => {
  const large = 2 ** 32 + 12_345;
  const text = new TextEncoder().encode('behind four gigabytes');
  const archive = new Sparse();
  for await (const piece of zipFolder([
    { path: 'model.safetensors', content: zeros(large) },
    { path: 'state.json', content: text },
  ]))
    archive.add(piece);
  expect(archive.size).toBeGreaterThan(large);

  const [weights, state] = await openArchive(archive);
  expect([weights?.path, weights?.bytes]).toEqual(['model.safetensors', large]);
  expect([state?.path, state?.bytes]).toEqual(['state.json', text.length]);
  expect(await readEntry(state!, 1000)).toEqual(text);
  // As the format has them: the directory says 0xffffffff, and beside it, in 64 bits, what is meant.
  const end = new DataView(await archive.slice(archive.size - 1000).arrayBuffer());
  const places = (signature: number) =>
    Array.from({ length: end.byteLength - 4 }, (_, i) => i).filter(
      (i) => end.getUint32(i, true) === signature,
    );
  const [first, second] = places(0x02014b50);
  expect(end.getUint32(first! + 24, true)).toBe(0xffffffff);
  expect(end.getUint32(second! + 42, true)).toBe(0xffffffff);
  const [directory] = places(0x06064b50);
  expect(Number(end.getBigUint64(directory! + 48, true))).toBeGreaterThan(large);
  expect(places(0x07064b50)).toHaveLength(1);
});
