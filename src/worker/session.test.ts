import { unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkpointsOf } from './checkpoints';
import type { Services } from './services';
import { Bench, config, freshStore, openFake, store, timeless, unbroken, weightsOf } from './testing';

beforeEach(freshStore);
afterEach(() => store.close());

describe('a run', () => {
  test('answers with its first record, tells of all it does, and ends', async () => {
    const bench = new Bench();
    const answer = await bench.ask({ type: 'start', runId: 'r1', config: config() });
    expect(answer.of === 'start' && answer.result).toMatchObject({ id: 'r1', name: 'Two tasks', step: 0 });
    const result = await bench.ended();
    expect(result.status).toBe('finished');
    expect(bench.events[0]!.type).toBe('answered');
    expect(bench.events.at(-1)!.type).toBe('ended');
    expect(bench.of('planned')).toMatchObject([{ totalSteps: 23 }]);
    expect(bench.of('device')).toMatchObject([{ parameters: 8 }]);
    expect(bench.of('row').map((e) => e.row.stage)).toEqual([0, 1, 2]);
    expect(bench.of('row')[1]!.metrics.averageAccuracy).toBe(result.matrix[1]!.scores[0]!.score.value);
    expect(bench.of('evaluations').flatMap((e) => e.points)).toEqual(result.evaluations);
    const losses: number[] = [];
    bench.of('losses').forEach((e) => losses.splice(e.from, e.values.length, ...e.values));
    expect(losses).toEqual(result.losses);
    expect(new Set(bench.of('progress').map((e) => e.progress.phase))).toEqual(
      new Set(['loading', 'scoring', 'compiling', 'training', 'saving']),
    );
  });

  test('tells how far compiling has come, and what it takes on the device', async () => {
    const bench = new Bench({
      openModel: async (folder) => ({
        ...(await openFake(folder)),
        memory: 'about 12 MiB',
        watchCompiling: (told) => {
          for (let n = 1; n <= 37; n++) told(n, 37);
        },
      }),
    });
    await bench.ask({ type: 'start', runId: 'r1', config: config() });
    const result = await bench.ended();
    expect(result.memory).toBe('about 12 MiB');
    const told = bench.of('progress').filter(({ progress }) => progress.detail === '12 of 37');
    expect(told.map(({ progress }) => [progress.phase, progress.share])).toEqual([['compiling', 12 / 37]]);
  });

  test('leaves its record and a checkpoint for each stage in the store', async () => {
    const result = await unbroken();
    expect(await store.runs.get('whole')).toEqual(result);
    expect((await checkpointsOf(store, 'whole')).map((c) => [c.checkpointId, c.step])).toEqual([
      ['stage-1', 13],
      ['stage-2', 23],
    ]);
    await store.runs.remove('whole');
    expect(await store.folders.list('checkpoint')).toEqual([]);
  });

  test('a checkpoint can be the model of another run', async () => {
    await unbroken();
    const bench = new Bench();
    const model = { source: 'checkpoint' as const, runId: 'whole', checkpointId: 'stage-1' };
    await bench.ask({ type: 'start', runId: 'next', config: config({ model }) });
    const result = await bench.ended();
    const before = await store.runs.get('whole');
    expect(result.matrix[0]!.scores).toEqual(before!.matrix[1]!.scores);
  });

  test('one at a time', async () => {
    const bench = new Bench();
    const first = bench.ask({ type: 'start', runId: 'r1', config: config() });
    await expect(bench.ask({ type: 'start', runId: 'r2', config: config() })).rejects.toThrow(
      'going already',
    );
    await first;
    await expect(bench.ask({ type: 'resume', runId: 'r1' })).rejects.toThrow('going already');
    await bench.ended();
  });

  test('a bad config is refused with the path of every problem', async () => {
    const bad = { ...config(), batchSize: 0, seed: -1 };
    await expect(new Bench().ask({ type: 'start', runId: 'r1', config: bad })).rejects.toThrow(
      /batchSize: .*; seed: /,
    );
    expect(await store.runs.list()).toEqual([]);
  });
});

describe('pause and stop', () => {
  test('stop keeps what there is, and the run can go on', async () => {
    const bench = new Bench();
    bench.turn = () => {
      if (bench.of('progress').some((e) => e.progress.step >= 6)) bench.command('stop');
    };
    await bench.ask({ type: 'start', runId: 'r1', config: config() });
    const result = await bench.ended();
    expect(result.status).toBe('stopped');
    expect((await checkpointsOf(store, 'r1')).map((c) => c.step)).toEqual([result.step]);
    // The same worker takes the next command.
    bench.turn = () => undefined;
    bench.events.length = 0;
    await bench.ask({ type: 'resume', runId: 'r1' });
    expect(timeless(await bench.ended())).toEqual(timeless(await unbroken()));
  });

  test('stop while the model loads', async () => {
    const bench: Bench = new Bench({
      openModel: async (folder, _config, onProgress) => {
        bench.command('stop');
        onProgress({ path: 'model.safetensors', loaded: 1, total: 2 });
        return openFake(folder);
      },
    });
    await bench.ask({ type: 'start', runId: 'r1', config: config() });
    const result = await bench.ended();
    expect(result.status).toBe('stopped');
    expect(result.error).toBeUndefined();
  });

  test('pause is told, kept and over when it is continued', async () => {
    const bench = new Bench();
    let once = false;
    bench.turn = () => {
      if (once || !bench.of('progress').some((e) => e.progress.step >= 6)) return;
      once = true;
      bench.command('pause');
    };
    await bench.ask({ type: 'start', runId: 'r1', config: config() });
    await bench.event((e) => e.type === 'progress' && e.progress.phase === 'paused');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(bench.events.at(-1)).toMatchObject({ type: 'progress', progress: { phase: 'paused' } });
    expect((await store.runs.get('r1'))!.status).toBe('paused');
    bench.command('continue');
    expect(timeless(await bench.ended())).toEqual(timeless(await unbroken()));
  });
});

describe('failing', () => {
  test.each<[string, Partial<Services>, RegExp]>([
    ['the device', { openDevice: () => Promise.reject(new Error('no adapter')) }, /^no adapter$/],
    ['the model', { openModel: () => Promise.reject(new Error('not a T5')) }, /^not a T5$/],
    [
      'a task',
      { loadTask: () => Promise.resolve({ train: [], validation: [], test: [] }) },
      /"A" has no train/,
    ],
    [
      'the device while it trains',
      { deviceLost: () => new Promise((resolve) => setTimeout(() => resolve('The GPU is gone.'), 20)) },
      /GPU is gone.*last checkpoint/,
    ],
  ])('%s: the run ends with the reason, and the record says so', async (name, changes, reason) => {
    const bench = new Bench(changes);
    if (name.includes('trains')) {
      bench.turn = () => {
        if (bench.of('progress').some((e) => e.progress.step >= 6)) bench.command('pause');
      };
    }
    await bench.ask({ type: 'start', runId: 'r1', config: config() });
    const result = await bench.ended();
    expect(result.status).toBe('failed');
    expect(result.error).toMatch(reason);
    expect((await store.runs.get('r1'))!.status).toBe('failed');
  });

  test('weights that are no numbers never become a checkpoint', async () => {
    const bench = new Bench({
      openModel: async (folder) => {
        const model = await openFake(folder);
        const bad = [{ name: 'shared.weight', shape: [1], data: Float32Array.of(NaN) }];
        return { ...model, checkpointParts: () => ({ config: {}, tokenizer: {}, tensors: bad }) };
      },
    });
    await bench.ask({ type: 'start', runId: 'r1', config: config() });
    const result = await bench.ended();
    expect(result.error).toMatch(/weights became NaN at step 13/);
    expect(await checkpointsOf(store, 'r1')).toEqual([]);
  });
});

test('an export is a zip of the Hugging Face files alone, byte for byte', async () => {
  const bench = new Bench();
  bench.turn = () => {
    if (bench.of('progress').some((e) => e.progress.step >= 6)) bench.command('stop');
  };
  await bench.ask({ type: 'start', runId: 'r1', config: config() });
  await bench.ended();
  const answer = await bench.ask({ type: 'export', runId: 'r1', checkpointId: 'latest' });
  const bytes = Buffer.concat(bench.of('chunk').map((e) => e.bytes));
  expect(answer).toEqual({ of: 'export', fileName: 'two-tasks-latest.zip', bytes: bytes.length });
  const files = unzipSync(bytes);
  expect(Object.keys(files).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
  expect(files['model.safetensors']).toEqual(await weightsOf('r1', 'latest'));
  await expect(bench.ask({ type: 'export', runId: 'r1', checkpointId: 'stage-9' })).rejects.toThrow(
    'no longer kept',
  );
});

test('a hand-off is a zip of the program, the plan, its tasks and the weights it begins with', async () => {
  const bench = new Bench();
  const result = await unbroken();
  const answer = await bench.ask({ type: 'handoff', config: config(), result });
  const bytes = Buffer.concat(bench.of('chunk').map((e) => e.bytes));
  expect(answer).toEqual({ of: 'export', fileName: 'two-tasks-pytorch.zip', bytes: bytes.length });
  const files = unzipSync(bytes);
  const text = (name: string): string => Buffer.from(files[name] ?? []).toString();
  expect(JSON.parse(text('run.json'))).toEqual(config());
  expect(JSON.parse(text('browser.json'))).toEqual(result);
  expect(text('tasks/a/train.jsonl').trim().split('\n')).toHaveLength(26);
  expect(Object.keys(JSON.parse(text('tasks/w/test.jsonl').split('\n')[0]!) as object)).toEqual([
    'input',
    'target',
  ]);
  expect(Buffer.from(files['model/model.safetensors']!)).toEqual(
    Buffer.from(await store.folders.readWhole('blank', 'model.safetensors')),
  );
  expect(text('run.py')).toContain('accelerate launch run.py');
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining(['README.md', 'requirements.txt', 'compare.py', 'lethe_run/methods.py']),
  );
  expect(text('README.md')).toContain('1. ');
});

test('a hand-off is refused for a method that the program has not, and reads nothing', async () => {
  const bench = new Bench();
  const given = { ...config(), method: { name: 'lwf' as const, lambda: 1, temperature: 2 } };
  await expect(bench.ask({ type: 'handoff', config: given })).rejects.toThrow('has no lwf');
  expect(bench.of('chunk')).toEqual([]);
});
