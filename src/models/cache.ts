import { readJson } from './bytes';
import { parseShardIndex } from './shards';
import {
  ModelError,
  type FileProgress,
  type FolderStore,
  type ModelFolder,
  type OutgoingFile,
} from './types';

export interface CacheOptions {
  /** Told, in a sentence, when the model works but could not be kept or brought up to date. */
  onWarning?: (message: string) => void;
  /** Kept beside it, to be found again. */
  meta?: Record<string, unknown>;
}

/** Files of a model beside its weights, all optional here: what is required is for the reader to say. */
const smallFiles = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];

/** Thrown through the store to tell a broken download from a store that can't keep it. */
class SourceFailure extends Error {
  constructor(readonly reason: unknown) {
    super('the source failed', { cause: reason });
  }
}

/**
 * A folder that is kept as it is streamed and read from the store ever after, network or not. The first file
 * asked for brings the whole folder in, chunk by chunk; only a complete one counts. When the origin can say
 * that it has changed, it is streamed again, and the old copy stays until the new one is complete. When the
 * store can't keep it (no room, no database), files come straight from the origin.
 * @param id the folder's id in the store: one for each origin, so best made of its address
 */
export function cachedFolder(
  inner: ModelFolder,
  store: FolderStore,
  id: string,
  options: CacheOptions = {},
): ModelFolder {
  let ready: Promise<'store' | 'origin'> | null = null;

  async function fill(onProgress?: (progress: FileProgress) => void): Promise<'store' | 'origin'> {
    const kept = await store.manifest(id).catch(() => null);
    const version = (await inner.version?.()) ?? null;
    if (kept && (version === null || kept.meta['version'] === version)) return 'store';
    try {
      await store.keep(id, 'model', download(inner, onProgress), {
        ...options.meta,
        label: inner.label,
        version,
      });
      return 'store';
    } catch (error) {
      if (kept) {
        options.onWarning?.(`${inner.label} has changed but could not be fetched; the kept copy is used`);
        return 'store';
      }
      if (error instanceof SourceFailure) throw error.reason;
      options.onWarning?.(
        `${inner.label} could not be kept, so it will be streamed again next time: ${(error as Error).message}`,
      );
      return 'origin';
    }
  }

  async function openKept(path: string): Promise<AsyncIterable<Uint8Array> | null> {
    const manifest = await store.manifest(id);
    return manifest?.files.some((file) => file.path === path) ? guarded(path) : null;
  }

  /** A damaged copy is dropped, so that opening the model again streams it afresh. */
  async function* guarded(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* store.read(id, path);
    } catch (error) {
      ready = null;
      await store.remove(id).catch(() => undefined);
      throw new ModelError(
        `the kept copy of ${inner.label} was damaged and has been dropped; open the model again to stream it afresh (${(error as Error).message})`,
        path,
        { cause: error },
      );
    }
  }

  return {
    label: inner.label,
    async open(path, onProgress) {
      const filling = (ready ??= fill(onProgress));
      filling.catch(() => {
        // The next attempt may find the network back.
        if (ready === filling) ready = null;
      });
      return (await filling) === 'store' ? await openKept(path) : await inner.open(path, onProgress);
    },
    ...(inner.version ? { version: () => inner.version?.() ?? Promise.resolve(null) } : {}),
  };
}

/**
 * Paths of the files of a model folder that are kept, in the order in which they are read.
 * @throws ModelError where it has no weights, or an index that is none
 */
export async function modelFiles(folder: ModelFolder): Promise<string[]> {
  const found: string[] = [];
  const add = async (path: string): Promise<boolean> => {
    const content = await folder.open(path);
    await content?.[Symbol.asyncIterator]().return?.();
    if (content) found.push(path);
    return content !== null;
  };
  for (const path of smallFiles) await add(path);
  if (await add('model.safetensors')) return found;
  const indexFile = 'model.safetensors.index.json';
  const content = await folder.open(indexFile);
  if (!content) throw new ModelError(`${folder.label} has no model.safetensors`);
  return [...found, indexFile, ...parseShardIndex(await readJson(content, indexFile), indexFile).shards];
}

/** Every file of a model folder that this product reads, as it arrives. */
async function* download(
  inner: ModelFolder,
  onProgress: ((progress: FileProgress) => void) | undefined,
): AsyncGenerator<OutgoingFile, void, undefined> {
  const open = async (path: string) => {
    const content = await inner.open(path, onProgress).catch((error: unknown) => {
      throw new SourceFailure(error);
    });
    return content && sourced(content);
  };
  for (const path of smallFiles) {
    const content = await open(path);
    if (content) yield { path, content };
  }
  const single = await open('model.safetensors');
  if (single) {
    yield { path: 'model.safetensors', content: single };
    return;
  }
  const indexFile = 'model.safetensors.index.json';
  const content = await open(indexFile);
  if (!content) throw new SourceFailure(new ModelError(`${inner.label} has no model.safetensors`));
  const json = await readJson(content, indexFile).catch((error: unknown) => {
    throw error instanceof SourceFailure ? error : new SourceFailure(error);
  });
  yield { path: indexFile, content: new TextEncoder().encode(JSON.stringify(json)) };
  for (const path of shardsOf(json, indexFile)) {
    const shard = await open(path);
    if (!shard) throw new SourceFailure(new ModelError(`is named by ${indexFile} but is not there`, path));
    yield { path, content: shard };
  }
}

function shardsOf(json: unknown, indexFile: string): string[] {
  try {
    return parseShardIndex(json, indexFile).shards;
  } catch (error) {
    throw new SourceFailure(error);
  }
}

/** Marks errors of the stream as the origin's. */
async function* sourced(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        throw new SourceFailure(error);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await pieces.return?.();
  }
}
