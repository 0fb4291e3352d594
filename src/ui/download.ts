/** Files leave the page: streamed to disk where the browser lets us pick a place, else as a download. */

interface SavePicker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

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
 * Saves a stream of pieces. The place is asked for first, since that needs the person's click.
 * @returns false when the person changed their mind
 */
export async function downloadStream(
  fileName: string,
  type: string,
  pieces: () => AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<boolean> {
  const picker = (globalThis as SavePicker).showSaveFilePicker;
  if (!picker) {
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
