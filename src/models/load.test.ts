import { expect, test } from 'vitest';
import { memoryFolder } from './folder';
import { openModel } from './load';
import { writeSafetensors } from './safetensors';
import { gather, json, tensor, whole } from './testing';
import type { FileProgress, NamedTensor } from './types';

const config = { model_type: 't5', d_model: 4 };
const tokenizer = { model: { type: 'Unigram' } };
const tensors = [tensor('shared.weight', [8, 4], 1), tensor('b', [3], 2), tensor('c', [2], 3)];
const weights = (list: NamedTensor[]) => whole(writeSafetensors(list));
const basics = { 'config.json': json(config), 'tokenizer.json': json(tokenizer) };

test('opens a folder with one weights file, more than once', async () => {
  const folder = memoryFolder({
    ...basics,
    'generation_config.json': json({ eos_token_id: 1 }),
    'tokenizer_config.json': json({ extra_ids: 0 }),
    'model.safetensors': await weights(tensors),
  });
  const seen: FileProgress[] = [];
  const model = await openModel(folder, (p) => seen.push(p));
  expect(model).toMatchObject({
    config,
    tokenizer,
    generation: { eos_token_id: 1 },
    tokenizerConfig: { extra_ids: 0 },
  });
  expect(await gather(model.tensors())).toEqual(tensors);
  expect(await gather(model.tensors())).toEqual(tensors);
  expect(new Set(seen.map((p) => p.path)).size).toBe(5);
  await model.close();
});

test('closing ends weights that nobody read', async () => {
  const folder = memoryFolder({ ...basics, 'model.safetensors': await weights(tensors) });
  let open = 0;
  const watched: typeof folder = {
    label: 'w',
    async open(path) {
      const content = (await folder.open(path))![Symbol.asyncIterator]();
      open += 1;
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            const step = await content.next();
            if (step.done) open -= 1;
            return step;
          },
          return: () => {
            open -= 1;
            return Promise.resolve({ done: true as const, value: undefined });
          },
        }),
      };
    },
  };
  const whatIsThere: typeof folder = {
    label: 'w',
    open: (path) => (/^(config|tokenizer|model)\./.test(path) ? watched.open(path) : Promise.resolve(null)),
  };
  const model = await openModel(whatIsThere);
  expect(open).toBe(1);
  await model.close();
  expect(open).toBe(0);
});

async function sharded(map: Record<string, string>, shards: Record<string, NamedTensor[]>) {
  const files: Record<string, Uint8Array> = {
    ...basics,
    'model.safetensors.index.json': json({ weight_map: map }),
  };
  for (const [name, list] of Object.entries(shards)) files[name] = await weights(list);
  return openModel(memoryFolder(files, 'here')).then((model) => gather(model.tensors()));
}
const [one, two] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const map = { c: two, 'shared.weight': one, b: one };

test('opens shards by their index', async () => {
  expect(await sharded(map, { [one]: tensors.slice(0, 2), [two]: tensors.slice(2) })).toEqual(tensors);
});

test('shards that do not fit their index are refused', async () => {
  await expect(sharded(map, { [one]: tensors.slice(0, 2) })).rejects.toThrow(`${two}: is named by`);
  await expect(sharded(map, { [one]: tensors.slice(0, 1), [two]: tensors.slice(2) })).rejects.toThrow(
    `${one}: lacks tensor "b"`,
  );
  await expect(sharded(map, { [one]: tensors.slice(0, 2), [two]: tensors.slice(1) })).rejects.toThrow(
    `${two}: tensor "b" lies here, but model.safetensors.index.json says ${one}`,
  );
  await expect(
    sharded(map, { [one]: [...tensors.slice(0, 2), tensor('d', [1])], [two]: tensors.slice(2) }),
  ).rejects.toThrow('does not name it');
  await expect(sharded({ c: '../other.safetensors' }, {})).rejects.toThrow('"../other.safetensors"');
  const folder = memoryFolder({ ...basics, 'model.safetensors.index.json': json([]) });
  await expect(openModel(folder)).rejects.toThrow('model.safetensors.index.json: has no "weight_map"');
});

test.each<[string, Record<string, Uint8Array>, RegExp]>([
  ['an empty folder', {}, /^here has no config\.json; it is not a Hugging Face model folder$/],
  [
    'no tokenizer',
    { 'config.json': json(config) },
    /^here has no tokenizer\.json; put the one that belongs to the model beside it/,
  ],
  [
    'only a sentencepiece model',
    { 'config.json': json(config), 'spiece.model': json(1) },
    /only as spiece\.model; make a tokenizer\.json/,
  ],
  ['no weights', basics, /^here has no model\.safetensors/],
  [
    'only a pickle',
    { ...basics, 'pytorch_model.bin': json(1) },
    /PyTorch pickle \(pytorch_model\.bin\).*safe_serialization=True/,
  ],
  ['only TensorFlow', { ...basics, 'tf_model.h5': json(1) }, /only as tf_model\.h5/],
  ['a broken config', { 'config.json': new TextEncoder().encode('{') }, /^config\.json: is not valid JSON/],
  [
    'a config in Latin-1',
    { 'config.json': new Uint8Array([34, 0xe9, 34]) },
    /^config\.json: is not valid JSON/,
  ],
])('%s is refused in words', async (_, files, why) => {
  await expect(openModel(memoryFolder(files, 'here'))).rejects.toThrow(why);
});

test('cut weights name the file and the tensor', async () => {
  const bytes = await weights(tensors);
  const folder = memoryFolder({ ...basics, 'model.safetensors': bytes.subarray(0, bytes.length - 9) });
  const model = await openModel(folder);
  await expect(gather(model.tensors())).rejects.toThrow(/^model\.safetensors: ends in tensor "b", after/);
});
