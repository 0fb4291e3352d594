import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { ModelError, type OutgoingFile } from './types';

/** Without the 64-bit extension no file and no archive may be larger. */
const mostBytes = 2 ** 32 - 1;

/**
 * A zip archive as a stream. Weights go in as they are (they don't compress), text is deflated. Holds one
 * piece at a time.
 * @throws ModelError when the archive would pass 4 GiB
 */
export async function* zipFolder(
  files: AsyncIterable<OutgoingFile> | Iterable<OutgoingFile>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let ready: Uint8Array<ArrayBuffer>[] = [];
  let failure: Error | null = null;
  let written = 0;
  const zip = new Zip((error, bytes) => {
    if (error) failure = error;
    else ready.push(bytes);
  });
  function* drain(path: string) {
    if (failure) throw new ModelError(failure.message, path, { cause: failure });
    const pieces = ready;
    ready = [];
    for (const piece of pieces) {
      written += piece.length;
      if (written > mostBytes)
        throw new ModelError('the archive would be larger than 4 GiB, more than a zip can hold', path);
      if (piece.length > 0) yield piece;
    }
  }
  for await (const file of files) {
    const entry = /\.(json|txt|md)$/.test(file.path)
      ? new ZipDeflate(file.path, { level: 6 })
      : new ZipPassThrough(file.path);
    zip.add(entry);
    for await (const piece of pieces(file.content)) {
      // A copy: the source may use its buffer again before the archive's reader has come to it.
      entry.push(piece.slice());
      yield* drain(file.path);
    }
    entry.push(new Uint8Array(0), true);
    yield* drain(file.path);
  }
  zip.end();
  yield* drain('zip');
}

function pieces(content: OutgoingFile['content']): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return content instanceof Uint8Array ? [content] : content;
}
