import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHub } from '../../../tests/hub/lookAlike.mjs';
import type { Store } from '../../store/store';
import { emptyDisk, openSmall } from '../../store/testing';
import type { FilesClient } from './client';
import { unpackData } from './data';
import type { FilesProgress } from './protocol';
import type { Help } from './service';
import { filesClient } from './testing';

const parquet = (rows: number, from = 0) =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        {
          name: 'dialogue',
          data: Array.from({ length: rows }, (_, i) => `talk ${from + i}`),
          type: 'STRING',
        },
        {
          name: 'summary',
          data: Array.from({ length: rows }, (_, i) => `short ${from + i}`),
          type: 'STRING',
        },
      ],
    }),
  );
const micro = new URL('../../../tests/fixtures/models/micro/', import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, micro)));

let hub: Awaited<ReturnType<typeof startHub>>;
let store: Store;
let client: FilesClient;

beforeEach(async () => {
  hub = await startHub({
    repos: {
      'someone/talks': {
        kind: 'datasets',
        branch: 'refs/convert/parquet',
        files: {
          'default/train/0000.parquet': parquet(300),
          'default/train/0001.parquet': parquet(300, 300),
          'default/validation/0000.parquet': parquet(20),
          'default/test/0000.parquet': parquet(30),
          'other/train/0000.parquet': parquet(5),
        },
      },
      'someone/pictures': { kind: 'datasets', branch: 'refs/convert/parquet', files: {} },
      'someone/micro': {
        files: Object.fromEntries(
          ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'].map((name) => [
            name,
            read(name),
          ]),
        ),
      },
    },
  });
  store = await openSmall(emptyDisk(), { chunkBytes: 65536 });
  client = filesClient(store, { hub: hub.hub });
});

afterEach(async () => {
  store.close();
  await hub.close();
});

test('a data set of the Hub comes as a file for each part', async () => {
  hub.fail('datasets/someone/talks/default/train/0000.parquet', { cutAfter: 1500 });
  const told: FilesProgress[] = [];
  const { files, configs, config, notes } = await client.ask(
    'hubDataset',
    { id: 'someone/talks' },
    { onProgress: (progress) => told.push(progress) },
  );
  expect([config, configs]).toEqual(['default', ['default', 'other']]);
  expect(files.map(({ name }) => name)).toEqual([
    'talks.train.jsonl',
    'talks.validation.parquet',
    'talks.test.parquet',
  ]);
  expect(notes).toEqual([]);
  expect(told.at(-1)?.loaded).toBe(told.at(-1)?.total);
  const { table, bytes } = await client.ask('read', files[0]!);
  expect(bytes).toBeNull();
  // Both shards, one after the other.
  expect(table.rows).toHaveLength(600);
  expect(table.rows[299]).toEqual(['talk 299', 'short 299']);
  expect(table.rows[599]).toEqual(['talk 599', 'short 599']);
  const other = await client.ask('hubDataset', { id: 'someone/talks', config: 'other' });
  expect(other.files.map(({ name }) => name)).toEqual(['talks.train.parquet']);
});

test('of a data set that is too large shards are left out, evenly, and it says so', async () => {
  const { files, notes } = await client.ask('hubDataset', { id: 'someone/talks', most: 5000 });
  expect(notes).toEqual([
    expect.stringMatching(/^1 of 2 files of train are fetched: all of the data set is/),
  ]);
  const { table } = await client.ask('read', files[0]!);
  expect(table.rows).toHaveLength(300);
});

test('what is not to be had says so', async () => {
  await expect(client.ask('hubDataset', { id: 'someone/pictures' })).rejects.toThrow(/has no Parquet files/);
  await expect(client.ask('hubDataset', { id: 'someone/talks', config: 'x' })).rejects.toThrow(
    /no configuration "x"; it has default, other/,
  );
  await expect(client.ask('hubDataset', { id: 'someone/nothing' })).rejects.toThrow(/give a token/);
});

test('a large file is shown at once and kept as a sample', async () => {
  const file = new Blob([`text,label\n${'some words,yes\nother words,no\n'.repeat(500)}`]);
  const told: FilesProgress[] = [];
  const { table, of, bytes } = await client.ask(
    'read',
    { name: 'large.csv', file, whole: 1000, most: 40 },
    { onProgress: (progress) => told.push(progress) },
  );
  expect(told.find(({ preview }) => preview)?.preview?.rows[0]).toEqual(['some words', 'yes']);
  expect([table.rows.length, of]).toEqual([40, 1001]);
  expect(new TextDecoder().decode(bytes!).trim().split('\n')).toHaveLength(40);
});

test('a large file is left when it is told to, though every piece of it be there already', async () => {
  const piece = new TextEncoder().encode('it goes on and on,and nobody knows why\n'.repeat(25_000));
  let read = 0;
  class AtHand extends Blob {
    override get size() {
      return 100 * piece.length;
    }
    override stream() {
      const pull = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
        read += 1;
        if (read > 100) controller.close();
        else controller.enqueue(piece);
      };
      return new ReadableStream({ pull });
    }
  }
  const abort = new AbortController();
  const question = { name: 'large.csv', file: new AtHand([piece]) };
  const reading = client.ask('read', question, { signal: abort.signal });
  setTimeout(() => abort.abort(new Error('enough')), 0);
  await expect(reading).rejects.toThrow('enough');
  // Whoever asked is answered at once; the reader hears of it a moment later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(read).toBeLessThan(100);
});

test('lengths are those of the model’s own tokens', async () => {
  const { source } = await client.ask('hubModel', { id: 'someone/micro', revision: '' });
  if (source.source !== 'hub') throw new Error('not of the Hub');
  const model = { source: 'stored' as const, id: 'hub/someone/micro' };
  const examples = [
    { input: 'a b c d e f g h', target: 'a' },
    { input: 'a', target: 'a' },
  ];
  const lengths = await client.ask('lengths', { model, examples, maxSourceTokens: 4, maxTargetTokens: 64 });
  expect(lengths.source.rowsCut).toBe(0.5);
  expect(lengths.source.longest).toBeGreaterThan(8);
  expect(lengths.target).toMatchObject({ rowsCut: 0, tokensCut: 0 });
  expect((await client.ask('vocabulary', { model })).size).toBe(96);
});

test('an archive tells how far it is while it is unpacked, and a person can give it up', async () => {
  const content = new TextEncoder().encode('a,b\n'.repeat(4e5));
  const file = new Blob([zipSync({ 'train.csv': content }, { level: 1 })]);
  const question = { files: [{ name: 'set.zip', file }] };
  const told: FilesProgress[] = [];
  const onProgress = (progress: FilesProgress) => told.push(progress);
  const found = await client.ask('unpack', question, { onProgress });
  expect(found.map(({ name, file: { size } }) => [name, size])).toEqual([['train.csv', content.length]]);
  expect(told.at(-1)).toMatchObject({ path: 'set.zip', loaded: file.size, total: file.size });

  const abort = new AbortController();
  // Asked without the client, which takes no more answers once it has cancelled.
  const help = { signal: abort.signal, onProgress: () => abort.abort(new Error('cancelled')) };
  await expect(unpackData(question, help as unknown as Help)).rejects.toThrow(/^cancelled$/);
});
