/** Files leave the page: as downloads, or straight to disk when they are too large to be held in memory. */

interface SavePicker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

/** Bytes that a page can well hold at once. */
const LARGE = 256e6;

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

/**
 * Saves a stream of pieces. A large one goes straight to a place on the disk, where the browser can do that; the
 * place is asked for first, since that needs the person's click.
 * @param size about how many bytes will come
 * @returns false when the person changed their mind
 */
export async function downloadStream(
  fileName: string,
  type: string,
  size: number,
  pieces: () => AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<boolean> {
  const picker = (globalThis as SavePicker).showSaveFilePicker;
  if (!picker || size < LARGE) {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const piece of pieces()) parts.push(piece);
    downloadBlob(fileName, new Blob(parts, { type }));
    return true;
  }
  let handle: FileSystemFileHandle;
  try {
    handle = await picker.call(globalThis, { suggestedName: fileName });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return false;
    throw error;
  }
  const file = await handle.createWritable();
  try {
    for await (const piece of pieces()) await file.write(piece);
  } catch (error) {
    await file.abort();
    throw error;
  }
  await file.close();
  return true;
}
