import { configure, ZipWriter } from '@zip.js/zip.js/lib/zip-core-external.js';
import { errorOf, pipe, streamOf } from './pipe';

/** A file on its way into an archive. */
export interface ArchivedFile {
  path: string;
  content: Uint8Array | AsyncIterable<Uint8Array>;
}

// No threads of its own: it runs in ours, under our policy. Pieces of 64 KiB, its default, would be many messages.
configure({ useWebWorkers: false, chunkSize: 1 << 20 });

const compresses = /\.(json|jsonl|csv|txt|md|py)$/;

/**
 * A zip archive as a stream, of any size: with the 64-bit extension where 32 bits do not do. Weights go in as they
 * are (they don't compress), text is deflated. Holds one piece at a time, and goes no further until it is taken.
 */
export async function* zipFolder(
  files: AsyncIterable<ArchivedFile> | Iterable<ArchivedFile>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { writable, pieces, end } = pipe();
  const zip = new ZipWriter(writable, { extendedTimestamp: false, level: 0 });
  const made = (async () => {
    for await (const { path, content } of files)
      // Deflate has one level in browsers.
      await zip.add(path, streamOf(copied(content)), { level: compresses.test(path) ? 6 : 0 });
    await zip.close();
  })();
  made.then(
    () => end(),
    (error: unknown) => end(errorOf(error)),
  );
  try {
    yield* pieces();
  } finally {
    await made.catch(() => undefined);
  }
}

/** Copies: the source may use its buffer again before the archive's reader has come to it. */
async function* copied(content: ArchivedFile['content']): AsyncGenerator<Uint8Array, void, undefined> {
  if (content instanceof Uint8Array) yield content.slice();
  else for await (const piece of content) yield piece.slice();
}
