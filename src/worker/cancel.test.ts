/** A run that is stopped does not begin another piece of work, whatever it is doing. Pieces are counted, not time. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fakeAnswers, fakeCodec, fakeParts } from '../continual/testing';
import { loadTask } from '../data/load';
import { openModel } from '../models/load';
import { urlFolder } from '../models/url';
import { checkpointsOf } from './checkpoints';
import { TrainerClient } from './client';
import type { TrainingModel } from './services';
import { Bench, config, freshStore, openFake, store, timeless, unbroken } from './testing';

beforeEach(freshStore);
afterEach(() => {
  vi.unstubAllGlobals();
  store.close();
});

/** Counts what is called after the stop. */
class After {
  stopped = false;
  pieces = 0;

  piece(): void {
    if (this.stopped) this.pieces++;
  }

  stop(bench: Bench): void {
    if (!this.stopped) bench.command('stop');
    this.stopped = true;
  }
}

async function stoppedRun(bench: Bench, changes: Parameters<typeof config>[0] = {}) {
  await bench.ask({ type: 'start', runId: 'r1', config: config(changes) });
  const result = await bench.ended();
  expect(result).toMatchObject({ status: 'stopped' });
  expect(result.error).toBeUndefined();
  return result;
}

/** The fake model, whose learner tells of each call before it does it. */
async function spied(
  folder: Parameters<typeof openFake>[0],
  told: (call: 'step' | 'gradient' | 'score' | 'generate') => void,
): Promise<TrainingModel> {
  const model = await openFake(folder);
  const { learner } = model;
  const stepOf = learner.stepOf.bind(learner);
  const gradient = learner.gradient.bind(learner);
  const rowLosses = learner.rowLosses.bind(learner);
  const generate = learner.generate.bind(learner);
  learner.stepOf = (...given) => (told('step'), stepOf(...given));
  learner.gradient = (...given) => (told('gradient'), gradient(...given));
  learner.rowLosses = (...given) => (told('score'), rowLosses(...given));
  learner.generate = (...given) => (told('generate'), generate(...given));
  return model;
}

type Call = Parameters<Parameters<typeof spied>[1]>[0];

/** A bench whose learner counts its calls as pieces, and is stopped at the nth of a kind. */
function stoppedAt(after: After, kind: Call, nth: number): Bench {
  let calls = 0;
  const bench: Bench = new Bench({
    openModel: (folder) =>
      spied(folder, (call) => {
        after.piece();
        if (call === kind && ++calls === nth) after.stop(bench);
      }),
  });
  return bench;
}

/** A body of so many pieces, each asked for by itself; the stop comes with the nth. */
function body(
  pieces: number,
  piece: (n: number) => string,
  at: number,
  after: After,
  stop: () => void,
): Response {
  let n = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        after.piece();
        controller.enqueue(new TextEncoder().encode(piece(n)));
        if (++n === at) stop();
        if (n === pieces) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(stream);
}

test('a download of weights', async () => {
  const after = new After();
  // The first eight bytes say that the header is longer than most of it.
  const header = (n: number) => (n === 0 ? 'pp\x01\0\0\0\0\0' : ' '.repeat(1000));
  const files: Record<string, string> = { 'config.json': '{}', 'tokenizer.json': '{}' };
  const bench: Bench = new Bench({
    openModel: async (_, __, onProgress) => {
      const remote = urlFolder('https://example.test/m/', {
        fetch: (input) => {
          const name = (input as URL).href.split('/').at(-1)!;
          const text = files[name];
          if (text !== undefined) return Promise.resolve(new Response(text));
          const stop = () => after.stop(bench);
          return Promise.resolve(
            name === 'model.safetensors'
              ? body(100, header, 5, after, stop)
              : new Response(null, { status: 404 }),
          );
        },
      });
      const opened = await openModel(remote, onProgress);
      for await (const _tensor of opened.tensors());
      throw new Error('read to its end');
    },
  });
  await stoppedRun(bench);
  expect(after.pieces).toBeLessThanOrEqual(1);
});

test('a download of data, which is not parsed then', async () => {
  const after = new After();
  const bench: Bench = new Bench({
    loadTask: (_, __, baseUrl, breathe) =>
      loadTask(
        {
          id: 'a',
          name: 'A',
          metric: 'exact-match',
          data: { kind: 'files', train: 'a.csv', mapping: { input: '{x}', target: '{y}' } },
        },
        {
          baseUrl,
          stored: () => Promise.reject(new Error('not asked for')),
          onProblem: () => after.piece(),
          ...(breathe && { breathe }),
        },
      ),
  });
  vi.stubGlobal('fetch', () =>
    Promise.resolve(
      body(
        100,
        () => 'x,y\n1,\n',
        5,
        after,
        () => after.stop(bench),
      ),
    ),
  );
  await stoppedRun(bench);
  expect(after.pieces).toBeLessThanOrEqual(1);
});

test('the reading of a task’s rows, two hundred at a time', async () => {
  const after = new After();
  const bench: Bench = new Bench({
    openModel: async (folder) => ({
      ...(await openFake(folder)),
      codec: {
        ...fakeCodec,
        encode: (text) => {
          after.piece();
          if (text === '0 700') after.stop(bench);
          return fakeCodec.encode(text);
        },
      },
    }),
    loadTask: () => Promise.resolve(fakeParts(0, fakeAnswers, { train: 5000, scored: 30 })),
  });
  await stoppedRun(bench);
  // Each row has two texts.
  expect(after.pieces).toBeLessThanOrEqual(2 * 200 + 1);
});

test('the compilation of a program, of which nothing is kept', async () => {
  const after = new After();
  let compile: (compiled: number, of: number) => void = () => undefined;
  const bench: Bench = new Bench({
    openModel: async (folder) => {
      const model = await openFake(folder);
      const { learner } = model;
      const stepOf = learner.stepOf.bind(learner);
      // As on a GPU: steps are put in line at once, and what they wait for is told of meanwhile.
      let compiled: Promise<void> | null = null;
      const compileAll = async (): Promise<void> => {
        for (let n = 1; n <= 37; n++) {
          after.piece();
          await new Promise((resolve) => setImmediate(resolve));
          if (n === 5) after.stop(bench);
          compile(n, 37);
        }
      };
      learner.stepOf = (...given) => {
        const reading = stepOf(...given);
        compiled ??= compileAll();
        compiled.catch(() => undefined);
        return { ...reading, value: () => compiled!.then(() => reading.value()) };
      };
      return { ...model, watchCompiling: (told) => (compile = told) };
    },
  });
  await stoppedRun(bench);
  expect(after.pieces).toBeLessThanOrEqual(1);
  expect(await checkpointsOf(store, 'r1')).toEqual([]);
  const again = new Bench();
  await again.ask({ type: 'resume', runId: 'r1' });
  expect(timeless(await again.ended())).toEqual(timeless(await unbroken()));
});

test.each(['step', 'score', 'generate'] as const)('a run in the middle of its work: a %s', async (call) => {
  for (const nth of [1, 2, 5, 9]) {
    await freshStore();
    const after = new After();
    await stoppedRun(stoppedAt(after, call, nth));
    expect(after.pieces, `after call ${nth}`).toBeLessThanOrEqual(1);
    const again = new Bench();
    await again.ask({ type: 'resume', runId: 'r1' });
    expect(timeless(await again.ended())).toEqual(timeless(await unbroken()));
  }
});

test('what a method does between stages, of which nothing half done is kept', async () => {
  const method = { name: 'ewc', samples: 20, mode: 'online' } as const;
  const whole = new Bench();
  await whole.ask({ type: 'start', runId: 'whole', config: config({ method }) });
  const expected = timeless(await whole.ended());
  for (const nth of [1, 7, 20]) {
    const runId = `r${nth}`;
    const after = new After();
    const bench = stoppedAt(after, 'gradient', nth);
    await bench.ask({ type: 'start', runId, config: config({ method }) });
    expect(await bench.ended()).toMatchObject({ status: 'stopped' });
    expect(after.stopped).toBe(true);
    expect(after.pieces).toBeLessThanOrEqual(1);
    const again = new Bench();
    await again.ask({ type: 'resume', runId });
    expect(timeless(await again.ended())).toEqual(expected);
  }
});

test('measuring: the scores of mixes', async () => {
  await unbroken();
  const after = new After();
  await stoppedAt(after, 'score', 3).ask({
    type: 'measure',
    runId: 'whole',
    wanted: { of: 'mixes', stage: 2, alphas: [0, 0.5, 1] },
  });
  expect(after.pieces).toBeLessThanOrEqual(1);
});

test('an export: what nobody takes any more is not read', async () => {
  await unbroken();
  // Eight chunks, of which two may be under way at a time.
  const large = new Uint8Array(64 * 1024 * 1024);
  await store.folders.keep(
    'run/whole/stage-2',
    'checkpoint',
    [{ path: 'model.safetensors', content: large }],
    { runId: 'whole', checkpointId: 'stage-2', place: 'stage', stage: 2, step: 23, runName: 'x' },
  );
  let read = 0;
  const plain = store.folders.read.bind(store.folders);
  vi.spyOn(store.folders, 'read').mockImplementation(async function* (id, path) {
    for await (const piece of plain(id, path)) {
      read++;
      yield piece;
    }
  });
  const bench = new Bench();
  // The page's side of the conversation, straight to the worker's.
  const page = new TrainerClient({
    baseUrl: 'https://example.test/',
    createWorker: () => bench.asWorker(),
  });
  const pieces = page.exportCheckpoint('whole', 'stage-2');
  await pieces.next();
  await pieces.return(undefined as never);
  const before = read;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(read - before).toBeLessThanOrEqual(2);
  expect(read).toBeLessThan(6);
});
