/** What was dropped or picked, folders included, and whether it is a model or data. */
import type { ChosenFile } from '../../worker/files/protocol';

/** A file with its path inside what was dropped. */
export interface DroppedFile extends ChosenFile {
  file: File;
}

/** Most files that a dropped folder is searched for; a model has a dozen. */
const mostFiles = 2000;

/** All files of a drop. Call it while the event is handled: the list is empty afterwards. */
export function droppedFiles(transfer: DataTransfer | null): Promise<DroppedFile[]> {
  const entries = [...(transfer?.items ?? [])].flatMap((item) => {
    // Not every browser gives a function, and what is no file gives null.
    const entry = 'webkitGetAsEntry' in item ? item.webkitGetAsEntry() : null;
    return entry ? [entry] : [];
  });
  if (!entries.some((entry) => entry.isDirectory))
    return Promise.resolve([...(transfer?.files ?? [])].map((file) => ({ path: file.name, file })));
  return filesOfEntries(entries);
}

async function filesOfEntries(entries: FileSystemEntry[], folder = ''): Promise<DroppedFile[]> {
  const found: DroppedFile[] = [];
  for (const entry of entries) {
    if (found.length >= mostFiles) break;
    const path = folder + entry.name;
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      found.push({ path, file });
    } else
      found.push(...(await filesOfEntries(await children(entry as FileSystemDirectoryEntry), `${path}/`)));
  }
  return found;
}

/** A reader hands out a hundred entries at a time. */
async function children(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0 || all.length >= mostFiles) return all;
    all.push(...some);
  }
}

/** The files of a folder input, with their paths in the folder. */
export const pickedFiles = (files: readonly File[]): DroppedFile[] =>
  files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** Weights, or the config that goes with them: not data to train on. */
export const isModel = (files: readonly ChosenFile[]): boolean =>
  files.some(({ path }) =>
    /(^|\/)(config\.json|tokenizer\.json|spiece\.model|pytorch_model\.bin|[\w.-]+\.safetensors)$/.test(path),
  );
