import { expect, test } from 'vitest';
import type { LoraInput } from '../run/lora';
import type { FolderManifest } from '../store/types';
import { adapterOptions } from './adapters';
import { fixtureConfig, fixtureRun } from './testing/fixture';

const checkpoint = (stage: number, files: string[]): FolderManifest => ({
  version: 1,
  id: `run/r/stage-${stage}`,
  kind: 'checkpoint',
  createdAt: '2026-01-01T00:00:00.000Z',
  bytes: 1,
  chunkBytes: 1,
  files: files.map((path) => ({ path, bytes: 1, chunks: [] })),
  meta: {
    ...{ runId: 'r', checkpointId: `stage-${stage}`, place: 'stage', stage, step: 200 * stage },
    runName: 'Mine',
  },
});
const adapted = ['model.safetensors', 'adapters.safetensors'];
const options = (lora: LoraInput, checkpoints: FolderManifest[]) =>
  adapterOptions(checkpoints, () => fixtureRun({ id: 'r', config: fixtureConfig({ lora }) }));

test('checkpoints that have an adapter are to be had, others are not', () => {
  expect(options({}, [checkpoint(1, ['model.safetensors']), checkpoint(2, adapted)])).toEqual([
    {
      key: 'run/r/stage-2',
      label: 'Mine, after stage 2, step 400',
      source: { runId: 'r', checkpointId: 'stage-2' },
    },
  ]);
});

test('where every task has its own, those that have been trained', () => {
  const found = options({ adapters: 'per-task' }, [checkpoint(1, adapted), checkpoint(2, adapted)]);
  expect(found.map(({ label }) => label)).toEqual([
    'Mine, after stage 1, step 200: Reviews',
    'Mine, after stage 2, step 400: Reviews',
    'Mine, after stage 2, step 400: Tickets',
  ]);
  expect(found[2]!.source).toEqual({ runId: 'r', checkpointId: 'stage-2', task: 'tickets' });
  expect(new Set(found.map(({ key }) => key)).size).toBe(3);
});
