import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FolderManifest } from '../store/types';
import { BUNDLED, modelKey, modelOptions } from './models';
import { shelfItems } from './shelf/items';
import { fixtureRun } from './testing/fixture';

const folder = (id: string, kind: FolderManifest['kind'], meta: object): FolderManifest => ({
  version: 1,
  id,
  kind,
  createdAt: '2026-11-24T10:00:00.000Z',
  bytes: 1_500_000,
  chunkBytes: 1,
  files: [],
  meta: { ...meta },
});
const checkpoint = folder('run/run-a/stage-1', 'checkpoint', {
  runId: 'run-a',
  checkpointId: 'stage-1',
  place: 'stage',
  stage: 1,
  step: 200,
  runName: 'Reviews → Tickets',
});

describe('bundled models', () => {
  it('are as large as they say, byte by byte and number by number', () => {
    for (const { name, weightBytes, parameters } of BUNDLED) {
      const path = `public/models/${name}/model.safetensors`;
      expect(statSync(path).size).toBe(weightBytes);
      const file = readFileSync(path);
      const header = JSON.parse(
        file.subarray(8, 8 + Number(file.readBigUInt64LE(0))).toString('utf8'),
      ) as Record<string, { shape?: number[] }>;
      const numbers = Object.values(header).flatMap((entry) =>
        entry.shape ? [entry.shape.reduce((product, size) => product * size, 1)] : [],
      );
      expect(numbers.reduce((sum, size) => sum + size, 0)).toBe(parameters);
    }
  });
});

describe('modelOptions', () => {
  it('offers bundled models, kept ones that are not bundled, and checkpoints', () => {
    const models = [
      folder('bundled/pocket', 'model', { label: 'pocket' }),
      folder('m2', 'model', { label: 'Mine' }),
    ];
    const options = modelOptions(models, [checkpoint, folder('run/x/y', 'checkpoint', {})]);
    expect(options.map((o) => [o.key, o.title])).toEqual([
      ['bundled:pocket', 'Pocket'],
      ['stored:m2', 'Mine'],
      ['checkpoint:run-a/stage-1', 'Reviews → Tickets, after stage 1, step 200'],
    ]);
    for (const option of options) expect(modelKey(option.source)).toBe(option.key);
  });
});

describe('shelfItems', () => {
  it('counts the room of a run by its checkpoints', () => {
    const items = shelfItems({ runs: [fixtureRun()], checkpoints: [checkpoint], datasets: [], models: [] });
    expect(items.runs[0]).toMatchObject({ about: 'finished, step 400 of 400', bytes: 1_500_000 });
    expect(items.checkpoints[0]).toMatchObject({
      name: 'Reviews → Tickets',
      about: 'after stage 1, step 200',
    });
  });
});
