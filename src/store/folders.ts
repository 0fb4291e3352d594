import { get, promisifyRequest, set, values } from 'idb-keyval';
import { inChunks } from './chunks';
import type { Database } from './database';
import { StoreError, type StorePlace } from './errors';
import { sha256 } from './hash';
import type { Leases } from './leases';
import type { FileToKeep, FolderManifest, KeptFile } from './types';

/** Largest value the store writes: browsers slow down or refuse far above this. */
export const largestChunk = 8 * 1024 * 1024;

/** What lies in the database: the manifest and the generation that its chunks were written under. */
export interface StoredManifest extends FolderManifest {
  generation: string;
}

/** Key of a chunk. */
export type ChunkKey = [generation: string, file: number, chunk: number];

/** Every chunk of a generation: arrays sort element by element, and `[]` sorts after every number. */
export const chunksOf = (generation: string): IDBKeyRange =>
  IDBKeyRange.bound([generation], [generation, []]);

/**
 * Folders of files, written so that a reader sees the whole old folder or the whole new one. Chunks go in
 * first, each under a key of a new generation and read back against its SHA-256; then one transaction puts
 * the manifest that names them; only then do the chunks of the old generation go.
 */
export class Folders {
  readonly #database: Database;
  readonly #leases: Leases;
  readonly #chunkBytes: number;
  readonly #changed: (id: string) => void;

  constructor(database: Database, leases: Leases, changed: (id: string) => void, chunkBytes = largestChunk) {
    if (!(Number.isInteger(chunkBytes) && chunkBytes > 0 && chunkBytes <= largestChunk))
      throw new RangeError(`chunkBytes must be a whole number from 1 to ${largestChunk}, not ${chunkBytes}`);
    this.#database = database;
    this.#leases = leases;
    this.#changed = changed;
    this.#chunkBytes = chunkBytes;
  }

  /**
   * Keeps a folder under an id, in place of what was there. Holds about one chunk at a time.
   * @throws StoreError when the database refuses; whatever `files` throws passes through. Either way the
   * folder kept before is untouched.
   */
  async keep(
    id: string,
    kind: FolderManifest['kind'],
    files: AsyncIterable<FileToKeep> | Iterable<FileToKeep>,
    meta: Record<string, unknown> = {},
  ): Promise<FolderManifest> {
    const lease = await this.#leases.take();
    const { generation } = lease;
    try {
      const kept: KeptFile[] = [];
      for await (const file of files) {
        if (file.path === '' || kept.some((other) => other.path === file.path))
          throw new StoreError('failed', `${id}: two files are called "${file.path}", or it has no name`, {
            folder: id,
            file: file.path,
          });
        kept.push(await this.#writeFile(id, generation, kept.length, file));
      }
      const manifest: StoredManifest = {
        version: 1,
        id,
        kind,
        createdAt: new Date().toISOString(),
        bytes: kept.reduce((sum, file) => sum + file.bytes, 0),
        chunkBytes: this.#chunkBytes,
        files: kept,
        meta,
        generation,
      };
      const old = await this.#flip(manifest);
      // From here on the new folder stands; chunks that stay behind are found by the next sweep.
      if (old) await this.#dropChunks(old.generation).catch(() => undefined);
      this.#changed(id);
      return withoutGeneration(manifest);
    } catch (error) {
      await this.#dropChunks(generation).catch(() => undefined);
      throw error;
    } finally {
      await lease.release().catch(() => undefined);
    }
  }

  /** Newest first. */
  async list(kind?: FolderManifest['kind']): Promise<FolderManifest[]> {
    const all = await values<StoredManifest>(this.#database.use('manifests'));
    return all
      .filter((manifest) => kind === undefined || manifest.kind === kind)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
      .map(withoutGeneration);
  }

  /** Null when nothing is kept under that id. */
  async manifest(id: string): Promise<FolderManifest | null> {
    const found = await this.#stored(id);
    return found ? withoutGeneration(found) : null;
  }

  /**
   * A file's bytes, a chunk at a time, each checked against its SHA-256 before it is handed on.
   * @throws StoreError naming folder, file and chunk when one is missing or not what was written
   */
  async *read(id: string, path: string): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const manifest = await this.#stored(id);
    if (!manifest) throw new StoreError('missing', `nothing is kept under "${id}"`, { folder: id });
    const index = manifest.files.findIndex((file) => file.path === path);
    const file = manifest.files[index];
    if (!file) throw new StoreError('missing', `${id} has no file "${path}"`, { folder: id, file: path });
    for (const [chunk, hash] of file.chunks.entries()) {
      const place = { folder: id, file: path, chunk };
      const bytes = await this.#readChunk([manifest.generation, index, chunk]);
      if (bytes && (await sha256(bytes)) === hash) {
        yield bytes;
        continue;
      }
      if ((await this.#stored(id))?.generation !== manifest.generation)
        throw new StoreError('conflict', `${id} was replaced or deleted while it was being read`, place);
      const where = `${id}, ${path}, chunk ${chunk + 1} of ${file.chunks.length}`;
      if (!bytes) throw new StoreError('missing', `${where}: it is gone from the database`, place);
      throw new StoreError('corrupt', `${where}: it is damaged (its SHA-256 is not the one written)`, place);
    }
  }

  /** A small file at once. */
  async readWhole(id: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for await (const piece of this.read(id, path)) pieces.push(piece);
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  /**
   * Reads everything of a folder once.
   * @param breathe called after each chunk; may wait, and throws to break off
   * @throws StoreError as `read` does, of the first chunk that is missing or not what was written
   */
  async verify(id: string, breathe: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const manifest = await this.#stored(id);
    if (!manifest) throw new StoreError('missing', `nothing is kept under "${id}"`, { folder: id });
    for (const { path } of manifest.files) for await (const _ of this.read(id, path)) await breathe();
  }

  /** Notes in a folder's meta, as `damaged`, why it must not be used; nothing happens when there is none. */
  async setAside(id: string, why: string): Promise<void> {
    await this.#database.transaction(['manifests'], 'readwrite', async (store) => {
      const found = (await promisifyRequest(store('manifests').get(id))) as StoredManifest | undefined;
      if (found) store('manifests').put({ ...found, meta: { ...found.meta, damaged: why } }, id);
    });
    this.#changed(id);
  }

  /** Removes a folder; nothing happens when there is none. */
  async remove(id: string): Promise<void> {
    await this.#database.transaction(['manifests', 'chunks'], 'readwrite', async (store) => {
      const found = (await promisifyRequest(store('manifests').get(id))) as StoredManifest | undefined;
      if (!found) return;
      store('manifests').delete(id);
      store('chunks').delete(chunksOf(found.generation));
    });
    this.#changed(id);
  }

  async #stored(id: string): Promise<StoredManifest | undefined> {
    return await get<StoredManifest>(id, this.#database.use('manifests'));
  }

  /** Undefined too when what lies there is no chunk at all. */
  async #readChunk(key: ChunkKey): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const value: unknown = await get(key, this.#database.use('chunks'));
    return value instanceof Uint8Array ? (value as Uint8Array<ArrayBuffer>) : undefined;
  }

  async #writeFile(id: string, generation: string, index: number, file: FileToKeep): Promise<KeptFile> {
    const kept: KeptFile = { path: file.path, bytes: 0, chunks: [] };
    for await (const bytes of inChunks(file.content, this.#chunkBytes)) {
      const key: ChunkKey = [generation, index, kept.chunks.length];
      const hash = await sha256(bytes);
      const place: StorePlace = { folder: id, file: file.path, chunk: kept.chunks.length };
      await set(key, bytes, this.#database.use('chunks')).catch((error: unknown) => {
        throw error instanceof StoreError
          ? new StoreError(error.code, `${id}, ${file.path}: ${error.message}`, place, { cause: error })
          : error;
      });
      const back = await this.#readChunk(key);
      if (!back || (await sha256(back)) !== hash)
        throw new StoreError(
          'corrupt',
          `${id}, ${file.path}: what came back from the disk is not what was written`,
          place,
        );
      kept.bytes += bytes.length;
      kept.chunks.push(hash);
    }
    return kept;
  }

  /** The one step that makes the new folder the folder. Resolves with the manifest that stood before. */
  async #flip(manifest: StoredManifest): Promise<StoredManifest | undefined> {
    const chunks = manifest.files.reduce((sum, file) => sum + file.chunks.length, 0);
    return await this.#database.transaction(['manifests', 'chunks'], 'readwrite', async (store) => {
      const there = await promisifyRequest(store('chunks').count(chunksOf(manifest.generation)));
      // A tab that slept past its lease may have been taken for dead.
      if (there !== chunks)
        throw new StoreError(
          'conflict',
          `${manifest.id}: another tab cleared this write away; save it again`,
          {
            folder: manifest.id,
          },
        );
      const old = (await promisifyRequest(store('manifests').get(manifest.id))) as StoredManifest | undefined;
      store('manifests').put(manifest, manifest.id);
      return old;
    });
  }

  async #dropChunks(generation: string): Promise<void> {
    await this.#database.transaction(['chunks'], 'readwrite', async (store) => {
      await promisifyRequest(store('chunks').delete(chunksOf(generation)));
    });
  }
}

function withoutGeneration(manifest: StoredManifest): FolderManifest {
  const { generation: _, ...rest } = manifest;
  return rest;
}
