/** Files leave the page: as downloads, or straight to disk when they are too large to be held in memory. */

import { blobOf } from '../models/streams';
import { randomId } from '../store/hash';

interface SavePicker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

/** Bytes that a page can well hold at once. */
const LARGE = 256e6;
/** Where large downloads are made in browsers that ask for no place; what lies there is of no use afterwards. */
const FOLDER = 'downloads';
/** After so long no browser is still copying one. */
const LEFT_MS = 3_600_000;

export function downloadText(fileName: string, text: string, type: string): void {
  downloadBlob(fileName, new Blob([text], { type }));
}

export function downloadBlob(fileName: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser reads the blob after the click returns.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

type Pieces = () => AsyncIterable<Uint8Array<ArrayBuffer>>;

/**
 * Saves a stream of pieces, of which the page holds a few at a time where the stream is large: it goes straight to a
 * place on the disk that the person is asked for (first, since that needs their click); in browsers that cannot, to
 * a file of the page's own that is then downloaded; and where there is no such file either, to the browser's blobs.
 * @param size about how many bytes will come
 * @returns false when the person changed their mind
 */
export async function downloadStream(
  fileName: string,
  type: string,
  size: number,
  pieces: Pieces,
): Promise<boolean> {
  const picker = (globalThis as SavePicker).showSaveFilePicker;
  if (size < LARGE) downloadBlob(fileName, await blobOf(pieces(), type));
  else if (picker) {
    let handle: FileSystemFileHandle;
    try {
      handle = await picker.call(globalThis, { suggestedName: fileName });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return false;
      throw error;
    }
    await write(handle, pieces);
  } else {
    const handle = await ownFile();
    if (!handle) downloadBlob(fileName, await blobOf(pieces(), type));
    else {
      await write(handle, pieces);
      downloadBlob(fileName, new Blob([await handle.getFile()], { type }));
    }
  }
  return true;
}

async function write(handle: FileSystemFileHandle, pieces: Pieces): Promise<void> {
  const file = await handle.createWritable();
  try {
    for await (const piece of pieces()) await file.write(piece);
  } catch (error) {
    await file.abort().catch(() => undefined);
    throw error;
  }
  await file.close();
}

/** A new file in the page's own file system; null where there is none (private windows, plain http). */
async function ownFile(): Promise<FileSystemFileHandle | null> {
  try {
    const folder = await ownFolder(true);
    const handle = await folder?.getFileHandle(randomId(), { create: true });
    return handle && 'createWritable' in handle ? handle : null;
  } catch {
    return null;
  }
}

async function ownFolder(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
  const storage = (navigator as { storage?: StorageManager }).storage;
  if (!storage || !('getDirectory' in storage)) return undefined;
  return await (await storage.getDirectory()).getDirectoryHandle(FOLDER, { create });
}

/** Removes the files of earlier downloads: nobody can tell when a browser has copied one. Never rejects. */
export async function sweepDownloads(now = Date.now()): Promise<void> {
  try {
    const folder = await ownFolder(false);
    if (!folder) return;
    for await (const [name, handle] of folder.entries())
      if (handle.kind === 'file' && now - (await handle.getFile()).lastModified > LEFT_MS)
        await folder.removeEntry(name);
  } catch {
    // There are none, or the next visit finds them.
  }
}
