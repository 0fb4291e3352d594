/** Adapters on the pocket model, through the session: what the page asks for is what it gets. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RunAdapters } from '../continual/runAdapters';
import { WasmExecutor } from '../engine/wasm/executor';
import { spawnNode } from '../engine/wasm/testing/nodeThreads';
import { parseT5Config } from '../engine/t5/config';
import { T5Model } from '../engine/t5/model';
import { memoryFolder } from '../models/folder';
import { openModel } from '../models/load';
import type { NamedTensor } from '../models/types';
import { parseRunConfig } from '../run/config';
import { peftFiles } from './adapterExport';
import { openTryoutModel } from './engineModel';
import type { Answer, TryoutQuestion } from './protocol';
import { Bench, config, freshStore, store } from './testing';

const source = { source: 'stored', id: 'pocket' } as const;
const files: Record<string, Uint8Array> = {};
let executor: WasmExecutor;
let bench: Bench;
/** What was last opened. */
let model: T5Model;

beforeAll(async () => {
  const folder = path.join(import.meta.dirname, '../../public/models/pocket');
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'])
    files[name] = new Uint8Array(await readFile(path.join(folder, name)));
  executor = await WasmExecutor.create({ variant: 'simd', threads: 1, spawn: spawnNode });
  // The kernels may have to be compiled first.
}, 120_000);
afterAll(() => executor.dispose());
beforeEach(async () => {
  await freshStore();
  await store.folders.keep(
    'pocket',
    'model',
    Object.entries(files).map(([file, content]) => ({ path: file, content })),
  );
  bench = new Bench({
    openTryout: async (folder) => {
      const opened = await openTryoutModel(folder, executor);
      ({ model } = opened);
      return opened;
    },
  });
});

type Reply = Extract<Answer, { of: 'tryout' }>;
const ask = async (question: TryoutQuestion): Promise<Reply> =>
  (await bench.ask({ type: 'tryout', question })) as Reply;
const open = () => ask({ ask: 'open', model: source, backend: 'wasm' });

/** Digests of tensors by name: two are alike when their bytes are. */
async function all(tensors: AsyncIterable<NamedTensor>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, data } of tensors) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    found.set(name, createHash('sha256').update(bytes).digest('hex'));
  }
  return found;
}
const answers = async () =>
  (
    await ask({
      ask: 'answer',
      prompts: ['Is this review positive or negative? A good film.', 'my card was lost'],
      maxNewTokens: 6,
    })
  ).answers;

/** The files of an adapter with large matrices, as a run would export them. */
async function adapterFiles(): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]> {
  const opened = await openModel(memoryFolder(files), () => undefined);
  const own = await T5Model.load(parseT5Config(opened.config), opened.tensors(), executor);
  const parsed = parseRunConfig({
    ...config(),
    method: { name: 'sequential' },
    lora: { targets: ['v', 'wo'] },
  });
  if (!parsed.ok) throw new Error('a wrong config');
  const { lora } = parsed.config;
  const adapters = await RunAdapters.open(own, { lora: lora!, use: 'shared', stages: ['a'], seed: 3 });
  const matrices: NamedTensor[] = [];
  for await (const tensor of adapters.sets.weights.tensors())
    matrices.push({ ...tensor, data: tensor.data.map((x, i) => (x === 0 ? Math.sin(i + 1) : x)) });
  adapters.dispose();
  await own.dispose();
  const made: { name: string; bytes: Uint8Array<ArrayBuffer> }[] = [];
  for (const { path: name, content } of peftFiles(parsed.config, new Map([[1, matrices]]))) {
    const pieces: Uint8Array[] = [];
    if (content instanceof Uint8Array) pieces.push(content);
    else for await (const piece of content) pieces.push(piece);
    made.push({ name, bytes: new Uint8Array(Buffer.concat(pieces)) });
  }
  return made;
}

test('attached, scaled, merged, taken out and removed, an adapter leaves the model as it was, to the byte', async () => {
  const from = { files: await adapterFiles() };
  const { state } = await open();
  expect(state).toMatchObject({ adapters: [], device: { backend: 'wasm' } });
  const before = await all(model.tensors());
  const plain = await answers();
  const attached = await ask({ ask: 'attach', from });
  expect(attached.state!.adapters).toEqual([
    {
      id: 1,
      name: 'adapter',
      rank: 8,
      alpha: 16,
      targets: ['v', 'wo'],
      parameters: expect.any(Number) as number,
      baseModel: null,
      factor: 1,
      merged: false,
    },
  ]);
  const changed = await answers();
  expect(changed).not.toEqual(plain);
  const off = await ask({ ask: 'scale', adapter: 1, factor: 0 });
  expect(off.state!.adapters[0]!.factor).toBe(0);
  expect(await answers()).toEqual(plain);
  expect(await all(model.tensors())).toEqual(before);
  await ask({ ask: 'scale', adapter: 1, factor: 1 });
  const merged = await ask({ ask: 'merge', adapter: 1 });
  expect(merged.state!.adapters[0]!.merged).toBe(true);
  expect(await answers()).toEqual(changed);
  expect(await all(model.tensors())).not.toEqual(before);
  await expect(ask({ ask: 'scale', adapter: 1, factor: 2 })).rejects.toThrow(/merged .* take it out/);
  await ask({ ask: 'unmerge', adapter: 1 });
  expect(await all(model.tensors())).toEqual(before);
  expect(await answers()).toEqual(changed);
  await ask({ ask: 'merge', adapter: 1 });
  expect((await ask({ ask: 'remove', adapter: 1 })).state!.adapters).toEqual([]);
  expect(await all(model.tensors())).toEqual(before);
  expect(await answers()).toEqual(plain);
});

test('each token of an answer is as likely as the softmax has it, and was the likeliest', async () => {
  await open();
  const prompts = ['Is this review positive or negative? A good film.', 'Summarise: the train is late.'];
  const question = { ask: 'answer', prompts, maxNewTokens: 6 } as const;
  const { answers: plain, tokens: none } = await ask(question);
  expect(none).toBeUndefined();
  const { vocabSize } = model.config;
  const { answers, tokens } = await ask({ ...question, best: vocabSize });
  expect(answers).toEqual(plain);
  expect(tokens).toHaveLength(2);
  tokens!.forEach((row, i) => {
    const words = row.filter(({ end }) => !end).map(({ text }) => text);
    expect(words.join('').trim()).toBe(answers![i]);
    // An answer ends by itself or at the limit.
    expect(row.at(-1)!.end || row.length === 6).toBe(true);
    for (const { text, probability, best } of row) {
      expect(best[0]).toEqual({ text, probability });
      expect(best.reduce((sum, other) => sum + other.probability, 0)).toBeCloseTo(1, 5);
    }
  });
});

test('the sum is kept as a model that stands by itself', async () => {
  await open();
  await ask({ ask: 'attach', from: { files: await adapterFiles() }, factor: 0.5 });
  const changed = await answers();
  const { modelId } = await ask({ ask: 'keep', name: 'Pocket with half of it' });
  const manifest = await store.folders.manifest(modelId!);
  expect(manifest).toMatchObject({ kind: 'model', meta: { label: 'Pocket with half of it' } });
  const again = await ask({ ask: 'open', model: { source: 'stored', id: modelId! }, backend: 'wasm' });
  expect(again.state!.adapters).toEqual([]);
  expect(await answers()).toEqual(changed);
});

test('models one after another share the device, and a run gets its own', async () => {
  const opened: string[] = [];
  const services = {
    openDevice: (backend: string) => {
      opened.push(backend);
      return Promise.resolve({
        backend: 'wasm' as const,
        description: 'fake',
        software: true,
        threads: 1,
        userAgent: 'test',
      });
    },
    openTryout: (folder: Parameters<typeof openTryoutModel>[0]) => openTryoutModel(folder, executor),
  };
  bench = new Bench(services);
  await open();
  await open();
  expect(opened).toEqual(['wasm']);
  await ask({ ask: 'open', model: source, backend: 'auto' });
  expect(opened).toEqual(['wasm', 'auto']);
  await ask({ ask: 'close' });
  await open();
  expect(opened).toEqual(['wasm', 'auto', 'wasm']);
});

test('what is wrong is told, and nothing is lost', async () => {
  await expect(answers()).rejects.toThrow('No model is open');
  await open();
  const [about, weights] = await adapterFiles();
  await expect(ask({ ask: 'attach', from: { files: [weights!] } })).rejects.toThrow(
    /no adapter_config\.json/,
  );
  await expect(ask({ ask: 'attach', from: { files: [about!] } })).rejects.toThrow(/no adapter_model/);
  const other = new TextDecoder().decode(about!.bytes).replace('"r": 8', '"r": 4');
  const wrong = { name: about!.name, bytes: new TextEncoder().encode(other) };
  await expect(ask({ ask: 'attach', from: { files: [wrong, weights!] } })).rejects.toThrow(
    /expected \[.*\] at rank 4/,
  );
  await expect(ask({ ask: 'merge', adapter: 9 })).rejects.toThrow(/no adapter of number 9/);
  await expect(ask({ ask: 'attach', from: { runId: 'r', checkpointId: 'c' } })).rejects.toThrow(
    /no longer kept/,
  );
  expect((await ask({ ask: 'attach', from: { files: [about!, weights!] } })).state!.adapters).toHaveLength(1);
  expect((await ask({ ask: 'close' })).state).toBeNull();
  await expect(answers()).rejects.toThrow('No model is open');
});

test('a run takes the device; adapters wait until it is over', async () => {
  await open();
  bench.command('pause');
  await bench.ask({ type: 'start', runId: 'one', config: config() });
  await expect(answers()).rejects.toThrow('A run is going');
  bench.command('stop');
  await bench.ended();
  await expect(answers()).rejects.toThrow('No model is open');
});
