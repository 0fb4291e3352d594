import { counted, piecesOf } from './streams';
import { ModelError, type FolderStore, type ModelFolder } from './types';

export { urlFolder } from './url';

/**
 * A folder read through a function, wherever that finds its bytes.
 * @param readFile null for a file that is not there
 */
export function storedFolder(
  readFile: (path: string) => Promise<AsyncIterable<Uint8Array> | null>,
  label: string,
): ModelFolder {
  return {
    label,
    async open(path, onProgress) {
      const content = await readFile(path);
      return content && onProgress ? counted(content, path, undefined, onProgress) : content;
    },
  };
}

/**
 * A folder of the store: a kept model, a checkpoint.
 * @throws ModelError when nothing is kept under that id
 */
export async function keptFolder(store: FolderStore, id: string, label = id): Promise<ModelFolder> {
  const manifest = await store.manifest(id);
  if (!manifest) throw new ModelError(`nothing is kept under "${id}"; it may have been deleted`);
  return {
    label,
    open(path, onProgress) {
      const file = manifest.files.find((kept) => kept.path === path);
      if (!file) return Promise.resolve(null);
      const content = store.read(id, path);
      return Promise.resolve(onProgress ? counted(content, path, file.bytes, onProgress) : content);
    },
  };
}

/** Files at hand: bytes, or what a person picked or dropped. */
export function memoryFolder(
  files: Iterable<readonly [path: string, content: Uint8Array | Blob]> | Record<string, Uint8Array | Blob>,
  label = 'files',
): ModelFolder {
  const byPath = new Map(Symbol.iterator in files ? files : Object.entries(files));
  return {
    label,
    open(path, onProgress) {
      const content = byPath.get(path);
      if (!content) return Promise.resolve(null);
      const total = content instanceof Uint8Array ? content.length : content.size;
      const stream = content instanceof Uint8Array ? once(content) : piecesOf(content.stream());
      return Promise.resolve(onProgress ? counted(stream, path, total, onProgress) : stream);
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(bytes);
}
