/** What is said of bad files, word for word: docs/bad-input.md is what this test finds (`vitest -u` writes it anew). */
import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildTask } from '../../data/build';
import { guessMapping } from '../../data/guess';
import { inspect } from '../../data/inspect';
import { rawSafetensors } from '../../models/testing';
import type { Store } from '../../store/store';
import { emptyDisk, openSmall } from '../../store/testing';
import type { FilesClient } from './client';
import { filesClient } from './testing';

const micro = new URL('../../../tests/fixtures/models/micro/', import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, micro)));
const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
const whole = Object.fromEntries(names.map((name) => [name, read(name)]));
const weights = read('model.safetensors');
const text = (value: string) => new TextEncoder().encode(value);
const without = (name: string) => Object.fromEntries(Object.entries(whole).filter(([path]) => path !== name));
const changed = (change: (view: DataView) => void) => {
  const copy = weights.slice();
  change(new DataView(copy.buffer));
  return { ...whole, 'model.safetensors': copy };
};
const tensor = (from: number, to: number) => ({
  dtype: 'F32',
  shape: [(to - from) / 4],
  data_offsets: [from, to],
});

let store: Store;
let client: FilesClient;
beforeEach(async () => {
  store = await openSmall(emptyDisk(), { chunkBytes: 65536 });
  client = filesClient(store);
});
afterEach(() => store.close());

const models: Record<string, Record<string, Uint8Array>> = {
  'a truncated safetensors': { ...whole, 'model.safetensors': weights.subarray(0, 60_000) },
  'a header that claims 2^60 bytes': changed((view) => view.setBigUint64(0, 2n ** 60n, true)),
  'overlapping offsets': {
    ...whole,
    'model.safetensors': rawSafetensors({ a: tensor(0, 8), b: tensor(4, 12) }, new Uint8Array(12)),
  },
  'a weight that is NaN': changed((view) => view.setFloat32(view.byteLength - 4, NaN, true)),
  'an unknown architecture': {
    ...whole,
    'config.json': text(
      JSON.stringify({
        ...(JSON.parse(new TextDecoder().decode(whole['config.json'])) as object),
        model_type: 'llama',
      }),
    ),
  },
  'no tokenizer': without('tokenizer.json'),
  'a tokenizer as spiece.model alone': { ...without('tokenizer.json'), 'spiece.model': weights },
  'pytorch_model.bin in the place of safetensors': {
    ...without('model.safetensors'),
    'pytorch_model.bin': weights,
  },
  'no config': without('config.json'),
};

const reviews = 'text,label\nnice,good\ndull,bad\n';
const data: Record<string, [name: string, content: string | Uint8Array]> = {
  'a quote that never closes': ['reviews.csv', `${reviews}"odd,good\nfine,good\n`],
  'a quote inside a quoted field': ['reviews.csv', `${reviews}"an "odd" one",good\n`],
  'an empty file': ['reviews.csv', ''],
  'a header without rows': ['reviews.csv', 'text,label\n'],
  'JSON without rows': ['reviews.json', '[]'],
  'broken JSON': ['reviews.json', '[{"text": "nice", "label": "good"},\n {"text": "dull", label: bad"}]'],
  'Parquet whose only column is a list of objects': [
    'reviews.parquet',
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [{ name: 'turns', data: [[{ who: 'A', says: 'hi' }]], type: 'JSON' }],
      }),
    ),
  ],
  'a truncated Parquet': [
    'reviews.parquet',
    new Uint8Array(
      parquetWriteBuffer({ columnData: [{ name: 'text', data: ['a', 'b'], type: 'STRING' }] }),
    ).subarray(0, 40),
  ],
  prose: ['notes.txt', 'Dear all,\nthis is a letter. It has no columns.\n\nYours'],
};

/** What a person reads of it: a refusal, or findings beside a table that is taken. */
async function said(name: string, content: string | Uint8Array): Promise<string> {
  try {
    const { table } = await client.ask('read', { name, file: new Blob([content as BlobPart]) });
    const mapping = guessMapping(table);
    const { parts, problems } = buildTask({ train: table }, mapping);
    return [...table.warnings, ...problems, ...inspect(parts).problems]
      .map(({ message }) => message)
      .join(' ');
  } catch (error) {
    return (error as Error).message;
  }
}

test('bad input is told of in words that help', async () => {
  const lines = [
    '# What is said of bad input',
    '',
    'Nothing of it is kept. `src/worker/files/badInput.test.ts` holds this page to what the page says.',
    '',
    '## Models',
    '',
  ];
  for (const [what, files] of Object.entries(models)) {
    const chosen = Object.entries(files).map(([path, bytes]) => ({
      path: `my model/${path}`,
      file: new Blob([bytes as BlobPart]),
    }));
    const refused = client.ask('fileModel', { label: 'my model', files: chosen }).then(
      () => Promise.reject(new Error(`${what} was taken`)),
      (error: unknown) => (error as Error).message,
    );
    lines.push(`- **${what}**: \`${await refused}\``);
    expect(await store.folders.list()).toEqual([]);
  }
  lines.push('', '## Data', '');
  for (const [what, [name, content]] of Object.entries(data)) {
    const message = await said(name, content);
    expect(message, what).not.toBe('');
    lines.push(`- **${what}**: \`${message}\``);
  }
  const parts = {
    train: [
      { input: 'nice', target: 'good' },
      { input: 'dull', target: 'good' },
    ],
    validation: [{ input: 'fine', target: 'good' }],
    test: [
      { input: 'awful', target: 'bad' },
      { input: 'great', target: 'good' },
    ],
  };
  const unseen = inspect(parts).problems.map(({ message }) => message);
  expect(unseen).toHaveLength(1);
  lines.push(
    `- **a label that never occurs in the training part** (a finding; the data are taken): \`${String(unseen[0])}\``,
  );
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../../docs/bad-input.md');
});
