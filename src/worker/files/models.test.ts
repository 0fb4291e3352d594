import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHub } from '../../../tests/hub/lookAlike.mjs';
import { halfBits } from '../../models/dtypes';
import { storedFolder } from '../../models/folder';
import { openModel } from '../../models/load';
import { readSafetensors } from '../../models/safetensors';
import { gather, json, pieces, rawSafetensors } from '../../models/testing';
import type { NamedTensor } from '../../models/types';
import type { Store } from '../../store/store';
import { emptyDisk, openSmall } from '../../store/testing';
import type { FilesClient } from './client';
import type { FilesProgress } from './protocol';
import { filesClient } from './testing';

const micro = new URL('../../../tests/fixtures/models/micro/', import.meta.url);
const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
const files = Object.fromEntries(
  names.map((name) => [name, new Uint8Array(readFileSync(new URL(name, micro)))]),
);
const config = JSON.parse(new TextDecoder().decode(files['config.json'])) as Record<string, unknown>;
const weights = files['model.safetensors']!;

const without = (name: string) => Object.fromEntries(Object.entries(files).filter(([path]) => path !== name));

/** A safetensors file in halves; bfloat16 is the upper half of a float32, cut off. */
function halves(tensors: NamedTensor[], dtype: 'BF16' | 'F16'): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  let at = 0;
  for (const { name, shape, data } of tensors)
    header[name] = { dtype, shape, data_offsets: [at, (at += 2 * data.length)] };
  const words = tensors.flatMap(({ data }) =>
    Array.from(data, (x, i) =>
      dtype === 'F16' ? halfBits(x) : new Uint32Array(data.slice(i, i + 1).buffer)[0]! >>> 16,
    ),
  );
  return rawSafetensors(header, new Uint8Array(Uint16Array.from(words).buffer));
}

let hub: Awaited<ReturnType<typeof startHub>>;
let store: Store;
let client: FilesClient;

beforeEach(async () => {
  hub = await startHub({
    repos: {
      'someone/micro': { files, branch: 'v1' },
      'someone/pickle': { files: { ...without('model.safetensors'), 'pytorch_model.bin': weights } },
      'someone/bert': { files: { ...files, 'config.json': json({ ...config, model_type: 'bert' }) } },
      'someone/closed': { files, gated: true },
    },
  });
  store = await openSmall(emptyDisk(), { chunkBytes: 65536 });
  client = filesClient(store, { hub: hub.hub });
});

afterEach(async () => {
  store.close();
  await hub.close();
});

describe('a model of the Hub', () => {
  test('is streamed into the store, with progress, over a cut connection', async () => {
    hub.fail('models/someone/micro/model.safetensors', { cutAfter: 40_000 });
    const told: FilesProgress[] = [];
    const kept = await client.ask(
      'hubModel',
      { id: 'someone/micro', revision: 'v1' },
      { onProgress: (progress) => told.push(progress) },
    );
    const total = Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0);
    expect(kept).toEqual({
      source: { source: 'hub', id: 'someone/micro', revision: 'v1' },
      label: 'someone/micro@v1',
      bytes: total,
    });
    expect(told.at(-1)).toMatchObject({ path: 'model.safetensors', loaded: total, total });
    expect(told.some(({ note }) => note?.includes('cut'))).toBe(true);
    const manifest = await store.folders.manifest('hub/someone/micro@v1');
    expect(manifest?.files.map(({ path }) => path)).toEqual(names);
    expect(manifest?.meta).toMatchObject({
      hub: { id: 'someone/micro', revision: 'v1' },
      version: hub.commit,
    });
  });

  test.each([
    ['someone/pickle', /only as a PyTorch pickle.*save_pretrained\(new_folder, safe_serialization=True\)/],
    ['someone/bert', /config\.json: model_type is "bert"; expected "t5"/],
    ['someone/closed', /is gated: ask for access/],
    ['https://elsewhere.test/a/b', /lies elsewhere; download it, then drop it here/],
  ])('%s is refused before its weights are fetched', async (id, message) => {
    await expect(client.ask('hubModel', { id, revision: '' })).rejects.toThrow(message);
    expect(hub.asked.map(({ host, path }) => (host === 'storage' ? path : ''))).not.toContain(
      `/models/${id}/model.safetensors`,
    );
    expect(await store.folders.list()).toEqual([]);
  });

  test('of several files in halves is kept as it is, and opens with the numbers that it holds', async () => {
    const whole = await gather(readSafetensors(pieces(weights, 65536), 'model.safetensors'));
    const half = whole.length >> 1;
    const dtypes = ['BF16', 'F16'] as const;
    const parts = [whole.slice(0, half), whole.slice(half)].map((tensors, i) => halves(tensors, dtypes[i]!));
    const shards = Object.fromEntries(
      parts.map((bytes, i) => [`model-0000${i + 1}-of-00002.safetensors`, bytes]),
    );
    const map = whole.map(({ name }, i) => [name, Object.keys(shards)[i < half ? 0 : 1]]);
    const index = json({ metadata: {}, weight_map: Object.fromEntries(map) as unknown });
    const content = { ...without('model.safetensors'), 'model.safetensors.index.json': index, ...shards };
    await hub.close();
    hub = await startHub({ repos: { 'someone/large': { files: content } } });
    client = filesClient(store, { hub: hub.hub });
    hub.fail('models/someone/large/model-00002-of-00002.safetensors', { cutAfter: 9000 });
    const { bytes } = await client.ask('hubModel', { id: 'someone/large', revision: '' });
    expect(bytes).toBe(Object.values(content).reduce((sum, file) => sum + file.length, 0));

    const { files: names = [] } = (await store.folders.manifest('hub/someone/large')) ?? {};
    const open = (path: string) =>
      names.some((file) => file.path === path) ? store.folders.read('hub/someone/large', path) : null;
    const kept = storedFolder((path) => Promise.resolve(open(path)), 'large');
    const read = await gather((await openModel(kept)).tensors());
    expect(read.map(({ name }) => name).sort()).toEqual(whole.map(({ name }) => name).sort());
    const steps = { BF16: 2 ** -7, F16: 2 ** -11 };
    for (const [i, { name, shape, data }] of whole.entries()) {
      const found = read.find((tensor) => tensor.name === name)!;
      expect(found.shape).toEqual(shape);
      const step = steps[i < half ? 'BF16' : 'F16'];
      // Below 2^-14 a half has fewer digits.
      expect(
        data.every((x, k) => Math.abs(x - found.data[k]!) <= step * Math.max(Math.abs(x), 2 ** -13)),
      ).toBe(true);
    }
  });

  test('is opened by a token, which is kept nowhere', async () => {
    await client.ask('hubModel', { id: 'someone/closed', revision: '', token: 'hf_test' });
    expect(JSON.stringify(await store.folders.list())).not.toContain('hf_test');
  });

  test('can be given up on', async () => {
    hub.fail('models/someone/micro/model.safetensors', { drip: { bytes: 1000, every: 30 } });
    const abort = new AbortController();
    const asked = client.ask(
      'hubModel',
      { id: 'someone/micro', revision: '' },
      {
        signal: abort.signal,
        onProgress: ({ path }) => path === 'model.safetensors' && abort.abort(new Error('enough')),
      },
    );
    await expect(asked).rejects.toThrow('enough');
    await expect.poll(() => store.folders.list()).toEqual([]);
  });
});

describe('a model of files', () => {
  const chosen = (content: Record<string, Uint8Array>, folder = 'my model/') =>
    Object.entries(content).map(([path, bytes]) => ({
      path: folder + path,
      file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
    }));
  const keep = (content: Record<string, Uint8Array>) =>
    client.ask('fileModel', { label: 'my model', files: chosen(content) });

  test('is checked and copied', async () => {
    const { source, bytes } = await keep({ ...files, 'README.md': json('not needed') });
    expect(source).toMatchObject({
      source: 'stored',
      id: expect.stringMatching(/^local\/my model-/) as string,
    });
    const manifest = (await store.folders.list('model'))[0]!;
    expect(manifest.files.map(({ path }) => path)).toEqual(names);
    expect(bytes).toBe(manifest.bytes);
    // The same files again are the same model.
    await keep(files);
    expect(await store.folders.list('model')).toHaveLength(1);
  });

  const damaged = (change: (bytes: Uint8Array<ArrayBuffer>) => void) => {
    const copy = weights.slice();
    change(copy);
    return { ...files, 'model.safetensors': copy };
  };
  const entry = (from: number, to: number) => ({
    dtype: 'F32',
    shape: [(to - from) / 4],
    data_offsets: [from, to],
  });

  test.each<[string, Record<string, Uint8Array>, RegExp]>([
    [
      'a truncated safetensors',
      { ...files, 'model.safetensors': weights.subarray(0, 60_000) },
      /^model\.safetensors: ends in tensor ".*", after 60000 of 102792 bytes; download it again$/,
    ],
    [
      'a header that claims 2^60 bytes',
      damaged((bytes) => new DataView(bytes.buffer).setBigUint64(0, 2n ** 60n, true)),
      /^model\.safetensors: its header claims 1152921504606846976 bytes, more than the 100000000 that the format allows; it is damaged, or no safetensors file$/,
    ],
    [
      'overlapping offsets',
      {
        ...files,
        'model.safetensors': rawSafetensors({ a: entry(0, 8), b: entry(4, 12) }, new Uint8Array(12)),
      },
      /^model\.safetensors: tensor "b" overlaps the one before it$/,
    ],
    [
      'NaN weights',
      damaged((bytes) => new DataView(bytes.buffer).setFloat32(bytes.length - 4, NaN, true)),
      /^model\.safetensors: tensor ".*" has NaN at element \d+$/,
    ],
    [
      'an unknown architecture',
      { ...files, 'config.json': json({ ...config, model_type: 'llama' }) },
      /^config\.json: model_type is "llama"; expected "t5"/,
    ],
    [
      'a missing tokenizer',
      without('tokenizer.json'),
      /^my model has no tokenizer\.json; put the one that belongs/,
    ],
    [
      'a tokenizer of sentencepiece alone',
      { ...without('tokenizer.json'), 'spiece.model': weights },
      /only as spiece\.model; make a tokenizer\.json, in Python/,
    ],
    ['no config', without('config.json'), /^my model has no config\.json; it is not a Hugging Face model/],
    ['no weights', without('model.safetensors'), /has no model\.safetensors \(nor model\.safetensors\.index/],
  ])('with %s is refused, and nothing is kept', async (_, content, message) => {
    await expect(keep(content)).rejects.toThrow(message);
    expect(await store.folders.list()).toEqual([]);
  });

  test('that finds no room is refused with the numbers', async () => {
    store.usage = () => Promise.resolve({ used: 900e6, quota: 900e6 + 1000, kept: 0 });
    await expect(keep(files)).rejects.toThrow(/takes \d+ MB, and this browser has 0 MB left/);
  });
});
