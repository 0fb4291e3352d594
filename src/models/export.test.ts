import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { zipFolder } from '../archive/write';
import { memoryFolder } from './folder';
import { checkpointConfig, huggingFaceFolder } from './huggingFace';
import { openModel } from './load';
import { filesOf, gather, json, pieces, same, tensor, whole } from './testing';

const tied = [tensor('shared.weight', [8, 4], 1), tensor('b', [3], 2)];
const untied = [...tied, tensor('lm_head.weight', [8, 4], 3)];
const config = {
  architectures: ['T5ForConditionalGeneration'],
  tie_word_embeddings: false,
  vocab_size: 100,
  torch_dtype: 'float16',
  task_specific_params: { a: { prefix: 'x: ' } },
};
const parse = (bytes: Uint8Array | undefined): unknown => JSON.parse(new TextDecoder().decode(bytes));

test('a checkpoint folder opens as the model it was made from', async () => {
  const parts = { config, tokenizer: { t: 1 }, tokenizerConfig: { c: 1 }, generation: { eos_token_id: 1 } };
  const files = await filesOf(huggingFaceFolder({ ...parts, tensors: untied }));
  expect(Object.keys(files)).toEqual([
    'config.json',
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'model.safetensors',
  ]);
  const model = await openModel(memoryFolder(files));
  expect(await gather(model.tensors())).toEqual(untied);
  expect(model).toMatchObject({
    tokenizer: { t: 1 },
    tokenizerConfig: { c: 1 },
    generation: { eos_token_id: 1 },
  });
  expect(model.config).toEqual({
    ...config,
    model_type: 't5',
    vocab_size: 8,
    torch_dtype: 'float32',
    tie_word_embeddings: false,
  });
});

test('a tied model keeps its embedding once and says that it is tied', async () => {
  const aliased = [
    ...tied,
    tensor('encoder.embed_tokens.weight', [8, 4], 1),
    tensor('decoder.embed_tokens.weight', [8, 4], 1),
  ];
  const files = await filesOf(huggingFaceFolder({ config: {}, tokenizer: {}, tensors: aliased }));
  expect(await gather((await openModel(memoryFolder(files))).tensors())).toEqual(tied);
  expect(parse(files['config.json'])).toMatchObject({ tie_word_embeddings: true });
});

test('whether decoder outputs are scaled survives a change of what is tied', () => {
  const scaling = (original: object, list: typeof tied) =>
    checkpointConfig(original, list)['scale_decoder_outputs'];
  expect(scaling({}, tied)).toBeUndefined();
  expect(scaling({ tie_word_embeddings: false }, untied)).toBeUndefined();
  expect(scaling({ tie_word_embeddings: true }, untied)).toBe(true);
  expect(scaling({ tie_word_embeddings: true, scale_decoder_outputs: false }, untied)).toBe(false);
});

test('the config says the dtype under each name that it already uses', () => {
  expect(checkpointConfig({ dtype: 'bfloat16' }, tied, 'F16')).toMatchObject({
    dtype: 'float16',
    torch_dtype: 'float16',
    architectures: ['T5ForConditionalGeneration'],
  });
  expect(checkpointConfig({}, tied)).not.toHaveProperty('dtype');
});

test('an archive holds every file with its right checksum', async () => {
  const large = new Uint8Array(200_000).map((_, i) => (i * 7) % 253);
  const files = [
    { path: 'config.json', content: json({ a: 'x'.repeat(1000) }) },
    { path: 'model.safetensors', content: pieces(large, 30_001) },
    { path: 'empty.bin', content: new Uint8Array(0) },
    { path: 'sub/übung.txt', content: new TextEncoder().encode('ok') },
  ];
  const archive = await whole(zipFolder(files));
  const back = unzipSync(archive);
  expect(Object.keys(back)).toEqual(files.map((file) => file.path));
  expect(parse(back['config.json'])).toEqual({ a: 'x'.repeat(1000) });
  expect(same(back['model.safetensors']!, large)).toBe(true);
  expect(back['empty.bin']).toHaveLength(0);
  expect(new TextDecoder().decode(back['sub/übung.txt'])).toBe('ok');
  expect(archive.length).toBeLessThan(large.length + 1500);
  expect(checksums(archive)).toEqual(
    [json({ a: 'x'.repeat(1000) }), large, new Uint8Array(0), new TextEncoder().encode('ok')].map(crc32),
  );
});

test('a source that breaks off breaks the archive off', async () => {
  async function* broken() {
    yield new Uint8Array(10);
    throw await Promise.resolve(new Error('chunk 2 is damaged'));
  }
  await expect(whole(zipFolder([{ path: 'a', content: broken() }]))).rejects.toThrow('chunk 2 is damaged');
});

test('the archive comes piece by piece', async () => {
  let made = 0;
  async function* content() {
    for (; made < 20; made += 1) yield await Promise.resolve(new Uint8Array(1 << 20).fill(made));
  }
  for await (const _ of zipFolder([{ path: 'model.safetensors', content: content() }])) {
    if (made > 5) break;
  }
  // A few lie in the buffers between the two.
  expect(made).toBeLessThan(12);
});

/** CRC-32 of each entry, from the central directory. */
function checksums(archive: Uint8Array<ArrayBuffer>): number[] {
  const view = new DataView(archive.buffer);
  const end = archive.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const sums: number[] = [];
  for (let at = view.getUint32(end + 16, true); at < end;) {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    sums.push(view.getUint32(at + 16, true));
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return sums;
}

/** CRC-32 bit by bit, polynomial 0xedb88320. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
