import { zipSync } from 'fflate';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../src/worker/protocol';
import { locate, readConfig, withLocalNames } from '../../tools/lab/config.mjs';
import { unzipInto } from '../../tools/lab/drive.mjs';
import { reporter } from '../../tools/lab/progress.mjs';

const fixtures = path.resolve(import.meta.dirname, '../fixtures');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lethe-lab-unit-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function labConfig(backend?: string) {
  const read = await readConfig(path.join(fixtures, 'lab/config.json'), backend);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

describe('the config of the lab', () => {
  it('serves each local file under an address of its own', async () => {
    const { config, served, mounts } = await labConfig('webgpu');
    expect(config.backend).toBe('webgpu');
    expect(config.model).toEqual({ source: 'folder', path: '../models/micro' });
    expect(served.model).toEqual({ source: 'folder', path: 'lab/model/' });
    expect(served.tasks[1]!.data).toMatchObject({ train: 'lab/tasks/1/train.csv' });
    expect(mounts).toEqual({
      'lab/model/': path.join(fixtures, 'models/micro'),
      'lab/tasks/0/train.csv': path.join(fixtures, 'e2e/reviews.csv'),
      'lab/tasks/1/train.csv': path.join(fixtures, 'e2e/tickets.csv'),
    });
    const [address] = Object.keys(mounts).slice(1);
    expect(withLocalNames(`${address!}, line 3: wrong`, mounts)).toBe(
      `${path.join(fixtures, 'e2e/reviews.csv')}, line 3: wrong`,
    );
  });

  it('refuses what a fresh browser cannot hold', async () => {
    const { config } = await labConfig();
    const stored = {
      ...config,
      model: { source: 'stored' as const, id: 'x' },
      tasks: config.tasks.map((task) => ({
        ...task,
        data: { kind: 'stored' as const, id: 'x', mapping: { input: '{a}', target: '{b}' } },
      })),
    };
    const located = locate(stored, folder);
    expect(located.ok ? [] : located.problems.map((problem) => problem.path)).toEqual([
      'model.source',
      'tasks.0.data.kind',
      'tasks.1.data.kind',
    ]);
  });
});

describe('unzipping a checkpoint', () => {
  it('writes files and folders, and clears what was there', async () => {
    const target = path.join(folder, 'checkpoint');
    unzipInto(zipSync({ 'old.txt': new Uint8Array([1]) }), target);
    unzipInto(zipSync({ 'a.json': new Uint8Array([2]), 'b/c.bin': new Uint8Array([3]) }), target);
    expect([...(await readFile(path.join(target, 'b/c.bin')))]).toEqual([3]);
    await expect(readFile(path.join(target, 'old.txt'))).rejects.toThrow('ENOENT');
  });

  it.each(['../outside.txt', '/tmp/outside.txt', 'a/../../outside.txt'])('refuses %s', (name) => {
    const zip = zipSync({ [name]: new Uint8Array([1]) });
    expect(() => unzipInto(zip, path.join(folder, 'inside'))).toThrow('outside of its folder');
  });
});

describe('the progress that the lab prints', () => {
  const progress = (change: Partial<Progress>) => ({
    type: 'progress' as const,
    runId: 'r',
    progress: {
      phase: 'training' as const,
      step: 3,
      totalSteps: 10,
      stepsPerSecond: null,
      secondsLeft: null,
      ...change,
    },
  });

  it('is a line for every phase, and one in five seconds within it', () => {
    const lines: string[] = [];
    let time = 0;
    const report = reporter(
      (line) => lines.push(line),
      () => time,
    );
    report(progress({}));
    time = 4000;
    report(progress({ step: 4 }));
    time = 5000;
    report(progress({ step: 5, stepsPerSecond: 1.5, secondsLeft: 95 }));
    report(progress({ phase: 'scoring', detail: 'Reviews' }));
    expect(lines).toEqual([
      'training: step 3 of 10',
      'training: step 5 of 10, 1.50 steps/s, 1 min 35 s left',
      'scoring Reviews: step 3 of 10',
    ]);
  });
});
