import { ModelError } from './types';

/** Reads exact counts of bytes from a stream that comes in pieces of any size. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bytes handed out so far. */
  position = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** Up to `most` bytes as they lie in the stream, null at its end. Valid until the next call. */
  async some(most: number): Promise<Uint8Array | null> {
    while (this.#at === this.#piece.length) {
      const next = await this.#pieces.next();
      if (next.done) return null;
      this.#piece = next.value;
      this.#at = 0;
    }
    const part = this.#piece.subarray(this.#at, this.#at + most);
    this.#at += part.length;
    this.position += part.length;
    return part;
  }

  /** Exactly `count` bytes in a buffer of their own, or as many as there are before the end. */
  async upTo(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < count) {
      const part = await this.some(count - length);
      if (!part) break;
      parts.push(part.slice());
      length += part.length;
    }
    return joined(parts);
  }

  /** Stops the stream; the network download behind it ends. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

export function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A small text file as parsed JSON. */
export async function readJson(stream: AsyncIterable<Uint8Array>, file: string): Promise<unknown> {
  const parts: Uint8Array[] = [];
  for await (const piece of stream) parts.push(piece.slice());
  return parseJson(joined(parts), file);
}

/** @throws ModelError when the bytes are no UTF-8 or no JSON */
export function parseJson(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new ModelError(`is not valid JSON (${(error as Error).message})`, file, { cause: error });
  }
}
