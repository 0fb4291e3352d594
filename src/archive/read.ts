import { BlobReader, configure, ZipReader, type FileEntry } from '@zip.js/zip.js/lib/zip-core-external.js';
import { errorOf, pipe } from './pipe';

configure({ useWebWorkers: false, chunkSize: 1 << 20 });

/** A file in an archive that is read where it lies. */
export interface ArchiveEntry {
  path: string;
  /** As the archive says; `open` ends with an error where that is not so. */
  bytes: number;
  /** Its content in pieces, checked against the archive's checksum at the end. */
  open(): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>;
}

/** More files than anything that we make has. */
const mostEntries = 100_000;

/**
 * The files of a zip archive; none of them is read, unpacked or held yet.
 * @param most bytes that all of them may unpack to
 * @throws Error that says what is wrong with it
 */
export async function openArchive(archive: Blob, most = Infinity): Promise<ArchiveEntry[]> {
  const reader = new ZipReader(new BlobReader(archive));
  const entries: ArchiveEntry[] = [];
  let total = 0;
  for await (const entry of reader.getEntriesGenerator()) {
    if (entry.directory) continue;
    if (entry.encrypted)
      throw new Error(`${entry.filename} is encrypted; expected an archive without a password`);
    total += entry.uncompressedSize;
    if (entries.length === mostEntries) throw new Error(`it has more than ${mostEntries} files`);
    if (total > most) throw new Error(`it unpacks to more than ${Math.round(most / 1e6)} MB`);
    entries.push({
      path: entry.filename,
      bytes: entry.uncompressedSize,
      open: () => contentOf(entry),
    });
  }
  return entries;
}

async function* contentOf(entry: FileEntry): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { writable, pieces, end } = pipe();
  const read = entry.getData(writable, { checkCrc32: true });
  read.then(
    () => end(),
    (error: unknown) => end(errorOf(error)),
  );
  let bytes = 0;
  try {
    for await (const piece of pieces()) {
      bytes += piece.length;
      // What is packed may be made to grow without end.
      if (bytes > entry.uncompressedSize)
        throw new Error(`${entry.filename} is longer than the archive says`);
      yield piece;
    }
    if (bytes !== entry.uncompressedSize)
      throw new Error(`${entry.filename} is shorter than the archive says`);
  } finally {
    await read.catch(() => undefined);
  }
}

/** Bytes that are put together before the browser takes them. */
const partBytes = 8e6;

/**
 * A file of any size as a blob of its own, which the browser keeps on the disk where it is large.
 * @param came awaited for each piece with its bytes; what it throws ends the reading and passes through
 */
export async function entryBlob(
  entry: ArchiveEntry,
  came: (bytes: number) => void | Promise<void> = () => undefined,
): Promise<Blob> {
  const parts: Blob[] = [];
  let open: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const piece of entry.open()) {
    await came(piece.length);
    open.push(piece);
    bytes += piece.length;
    if (bytes < partBytes) continue;
    parts.push(new Blob(open));
    open = [];
    bytes = 0;
  }
  return new Blob([...parts, ...open]);
}

/** A small file at once. @throws Error where it is larger than `most` bytes */
export async function readEntry(entry: ArchiveEntry, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (entry.bytes > most)
    throw new Error(
      `${entry.path} has ${Math.round(entry.bytes / 1e6)} MB; expected at most ${Math.round(most / 1e6)}`,
    );
  const whole = new Uint8Array(entry.bytes);
  let at = 0;
  for await (const piece of entry.open()) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
