import type { FileProgress } from './types';

/** A ReadableStream's pieces; Safari's streams are not async iterable yet. */
export async function* piecesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    ended = true;
  } finally {
    // Whoever stops reading early ends the download too.
    if (!ended) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

/** Passes pieces on and reports how many bytes there have been. */
export async function* counted(
  content: AsyncIterable<Uint8Array>,
  path: string,
  total: number | undefined,
  onProgress: (progress: FileProgress) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let loaded = 0;
  const report = () =>
    onProgress(total === undefined || loaded > total ? { path, loaded } : { path, loaded, total });
  report();
  for await (const piece of content) {
    loaded += piece.length;
    report();
    yield piece;
  }
}

/** Bytes of a part of `blobOf`. */
const partBytes = 8e6;

/** A stream as a blob: what has come becomes the browser's at once, which puts what is large on the disk. */
export async function blobOf(pieces: AsyncIterable<Uint8Array>, type = ''): Promise<Blob> {
  const parts: Blob[] = [];
  let open: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const part = (): void => {
    parts.push(new Blob(open));
    open = [];
    bytes = 0;
  };
  for await (const piece of pieces) {
    // The source may use its buffer again.
    open.push(piece.slice());
    bytes += piece.byteLength;
    if (bytes >= partBytes) part();
  }
  part();
  return new Blob(parts, { type });
}
