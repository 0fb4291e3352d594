/** Help for the tests of this folder: nothing of it ships. */
import type { FolderStore, ModelFolder, NamedTensor, OutgoingFile } from './types';

/** A small deterministic generator of whole numbers below `n`. */
export function dice(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

export function tensor(name: string, shape: number[], seed = 1): NamedTensor {
  const roll = dice(seed);
  const length = shape.reduce((product, count) => product * count, 1);
  return { name, shape, data: Float32Array.from({ length }, () => roll(4001) / 1000 - 2) };
}

/** The bytes in pieces of `size`. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

export async function gather<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

export async function whole(source: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Blob((await gather(source)) as BlobPart[]).arrayBuffer());
}

export async function fileOf(folder: ModelFolder, path: string): Promise<Uint8Array | null> {
  const content = await folder.open(path);
  return content && (await whole(content));
}

export async function filesOf(source: AsyncIterable<OutgoingFile>): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for await (const { path, content } of source)
    files[path] = content instanceof Uint8Array ? content : await whole(content);
  return files;
}

export const json = (value: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(value));

/** A safetensors file made by hand: any header, any data. */
export function rawSafetensors(header: unknown, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : json(header);
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

/** What the cache needs of the store, in memory. A folder counts once all of it has arrived. */
export class MemoryStore implements FolderStore {
  readonly folders = new Map<string, { meta: Record<string, unknown>; files: Map<string, Uint8Array> }>();
  /** Thrown by `keep`, as a full disk would. */
  refuse: Error | null = null;

  manifest(id: string) {
    const folder = this.folders.get(id);
    const files = [...(folder?.files ?? [])].map(([path, bytes]) => ({ path, bytes: bytes.length }));
    return Promise.resolve(folder ? { meta: folder.meta, files } : null);
  }

  async keep(id: string, _: 'model', source: AsyncIterable<OutgoingFile>, meta: Record<string, unknown>) {
    const files = new Map<string, Uint8Array>();
    for await (const { path, content } of source) {
      if (this.refuse) throw this.refuse;
      files.set(path, content instanceof Uint8Array ? content : await whole(content));
    }
    this.folders.set(id, { meta, files });
  }

  async *read(id: string, path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = await Promise.resolve(this.folders.get(id)?.files.get(path));
    if (!bytes) throw new Error(`${id}, ${path}, chunk 1 of 1: it is gone from the database`);
    yield bytes;
  }

  remove(id: string): Promise<void> {
    this.folders.delete(id);
    return Promise.resolve();
  }
}

/** Whether bytes are equal; vitest's own comparison takes seconds for a few hundred kilobytes. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
