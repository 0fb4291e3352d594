import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../store/store';
import { bytes, emptyDisk, openSmall } from '../../store/testing';
import type { FilesClient } from './client';
import type { FilesProgress } from './protocol';
import { filesClient } from './testing';

let store: Store;
let client: FilesClient;
/** More than may be under way at once, so that the worker has to wait for the page. */
const weights = bytes(40 * 1024 * 1024);

beforeEach(async () => {
  store = await openSmall(emptyDisk(), { chunkBytes: 1 << 20 });
  client = filesClient(store);
  await store.folders.keep('local/large', 'model', [{ path: 'model.safetensors', content: weights }], {
    label: 'large',
  });
});
afterEach(() => store.close());

const question = { hubModels: false, settings: {} };

test('a project goes out in pieces and comes in again, with progress', async () => {
  expect(await client.ask('projectPlan', { hubModels: false })).toMatchObject({
    runs: 0,
    models: 1,
    notes: [],
  });
  const told: FilesProgress[] = [];
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of client.pieces('saveProject', question, { onProgress: (p) => told.push(p) }))
    pieces.push(piece);
  expect(told.at(-1)?.loaded).toBe(weights.length);
  const file = new Blob(pieces);
  expect(await client.ask('openProject', { file })).toMatchObject({ models: 1, bytes: weights.length });
  await store.folders.remove('local/large');
  expect(await client.ask('keepProject', { file, other: 'mine' })).toMatchObject({ models: 1 });
  const back = await store.folders.readWhole('local/large', 'model.safetensors');
  expect(Buffer.compare(back, weights)).toBe(0);
});

test('no more is read than is taken, and whoever has enough ends it', async () => {
  let read = 0;
  const whole = store.folders.read.bind(store.folders);
  store.folders.read = async function* (id, path) {
    for await (const piece of whole(id, path)) {
      read += piece.length;
      yield piece;
    }
  };
  const pieces = client.pieces('saveProject', question);
  await pieces.next();
  await pieces.next();
  // What the worker does of its own accord it has done by then.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(read).toBeLessThan(32 * 1024 * 1024);
  await pieces.return(undefined as never);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(read).toBeLessThan(32 * 1024 * 1024);
});
