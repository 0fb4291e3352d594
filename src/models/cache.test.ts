import { expect, test } from 'vitest';
import { cachedFolder } from './cache';
import { memoryFolder } from './folder';
import { openModel } from './load';
import { writeSafetensors } from './safetensors';
import { fileOf, gather, json, MemoryStore, tensor, whole } from './testing';
import { ModelError, type FileProgress, type ModelFolder } from './types';

const tensors = [tensor('shared.weight', [8, 4], 1), tensor('b', [3], 2)];

/** An origin on a network that can be cut, asked for what and how often. */
class Origin {
  online = true;
  /** Bytes of a file after which the connection breaks. */
  breakAfter = Infinity;
  tag: string | null = 'v1';
  asked: string[] = [];
  constructor(public files: Record<string, Uint8Array>) {}

  readonly folder: ModelFolder = {
    label: 'origin',
    open: async (path, onProgress) => {
      this.asked.push(path);
      if (!this.online) throw new ModelError('could not be fetched', path);
      const content = await memoryFolder(this.files).open(path, onProgress);
      return content && this.#wire(content, path);
    },
    version: () => Promise.resolve(this.online ? this.tag : null),
  };

  async *#wire(content: AsyncIterable<Uint8Array>, path: string) {
    let sent = 0;
    for await (const piece of content)
      for (let at = 0; at < piece.length; at += 10, sent += 10) {
        if (sent >= this.breakAfter) throw new ModelError('the download broke off', path);
        yield piece.subarray(at, at + 10);
      }
  }
}

async function model(a = 1): Promise<Record<string, Uint8Array>> {
  return {
    'config.json': json({ a }),
    'tokenizer.json': json({ b: 2 }),
    'model.safetensors': await whole(writeSafetensors(tensors)),
    'README.md': json('not kept'),
  };
}

test('streams once, then opens without the network', async () => {
  const origin = new Origin(await model());
  const store = new MemoryStore();
  const seen: FileProgress[] = [];
  const first = await openModel(cachedFolder(origin.folder, store, 'm'), (p) => seen.push(p));
  expect(await gather(first.tensors())).toEqual(tensors);
  expect(origin.asked.filter((path) => path === 'model.safetensors')).toHaveLength(1);
  expect(seen.some((p) => p.path === 'model.safetensors' && p.loaded === p.total)).toBe(true);
  expect([...store.folders.get('m')!.files.keys()]).toEqual([
    'config.json',
    'tokenizer.json',
    'model.safetensors',
  ]);

  origin.online = false;
  origin.asked = [];
  const second = await openModel(cachedFolder(origin.folder, store, 'm'));
  expect(second.config).toEqual({ a: 1 });
  expect(await gather(second.tensors())).toEqual(tensors);
  expect(origin.asked).toEqual([]);
});

test('shards are kept with their index', async () => {
  const { 'model.safetensors': weights, ...rest } = await model();
  const origin = new Origin({
    ...rest,
    'model.safetensors.index.json': json({
      weight_map: { 'shared.weight': 's.safetensors', b: 's.safetensors' },
    }),
    's.safetensors': weights!,
  });
  const store = new MemoryStore();
  const folder = cachedFolder(origin.folder, store, 'm');
  expect(await gather((await openModel(folder)).tensors())).toEqual(tensors);
  expect([...store.folders.get('m')!.files.keys()].slice(2)).toEqual([
    'model.safetensors.index.json',
    's.safetensors',
  ]);
});

test('a broken download does not count, and the next try starts afresh', async () => {
  const origin = new Origin(await model());
  origin.breakAfter = 60;
  const store = new MemoryStore();
  const folder = cachedFolder(origin.folder, store, 'm');
  await expect(openModel(folder)).rejects.toThrow(/^model\.safetensors: the download broke off$/);
  expect(store.folders.size).toBe(0);
  origin.breakAfter = Infinity;
  expect(await gather((await openModel(folder)).tensors())).toEqual(tensors);
});

test('a folder that has no weights is not kept, and the error says why', async () => {
  const { 'model.safetensors': _, ...rest } = await model();
  const store = new MemoryStore();
  await expect(openModel(cachedFolder(new Origin(rest).folder, store, 'm'))).rejects.toThrow(
    'origin has no model.safetensors',
  );
  expect(store.folders.size).toBe(0);
});

test('a changed origin is streamed again; a change that cannot be fetched leaves the copy in use', async () => {
  const origin = new Origin(await model(1));
  const store = new MemoryStore();
  const warnings: string[] = [];
  const open = async () =>
    (await openModel(cachedFolder(origin.folder, store, 'm', { onWarning: (w) => warnings.push(w) }))).config;
  expect(await open()).toEqual({ a: 1 });
  origin.files = await model(2);
  expect(await open()).toEqual({ a: 1 });
  origin.tag = 'v2';
  expect(await open()).toEqual({ a: 2 });
  expect(warnings).toEqual([]);
  origin.files = await model(3);
  origin.tag = 'v3';
  origin.breakAfter = 60;
  expect(await open()).toEqual({ a: 2 });
  expect(warnings).toEqual(['origin has changed but could not be fetched; the kept copy is used']);
  origin.tag = null;
  expect(await open()).toEqual({ a: 2 });
});

test('where nothing can be kept the model works from the origin, with a warning', async () => {
  const origin = new Origin(await model());
  const store = new MemoryStore();
  store.refuse = new Error('no room left');
  const warnings: string[] = [];
  const folder = cachedFolder(origin.folder, store, 'm', { onWarning: (w) => warnings.push(w) });
  expect(await gather((await openModel(folder)).tensors())).toEqual(tensors);
  expect(warnings).toEqual([
    'origin could not be kept, so it will be streamed again next time: no room left',
  ]);
});

test('a damaged copy is dropped and streamed afresh', async () => {
  const origin = new Origin(await model());
  const store = new MemoryStore();
  const folder = cachedFolder(origin.folder, store, 'm');
  await openModel(folder);
  const damaged: MemoryStore['read'] = async function* () {
    yield await Promise.reject(new Error('m, config.json, chunk 1 of 1: it is damaged'));
  };
  const read = store.read.bind(store);
  store.read = damaged;
  await expect(fileOf(folder, 'config.json')).rejects.toThrow(/damaged and has been dropped.*chunk 1 of 1/);
  expect(store.folders.size).toBe(0);
  store.read = read;
  expect(await fileOf(folder, 'config.json')).toEqual(json({ a: 1 }));
  expect(store.folders.size).toBe(1);
});

test('two openers at once stream once', async () => {
  const origin = new Origin(await model());
  const folder = cachedFolder(origin.folder, new MemoryStore(), 'm');
  await Promise.all([openModel(folder), openModel(folder)]);
  expect(origin.asked.filter((path) => path === 'config.json')).toHaveLength(1);
});
