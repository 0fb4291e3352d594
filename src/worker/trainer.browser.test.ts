/**
 * The trainer worker itself, on both backends: a micro T5 learns two of the sample tasks, the
 * worker is killed in the middle, and another one goes on to the same weights, bit for bit.
 */
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backends } from '../../tests/engine/backends';
import { parseRunConfig, type RunConfig } from '../run/config';
import { heldRuns, settled } from '../run/live';
import type { RunResult } from '../run/result';
import { openStore, type Store } from '../store/store';
import { TrainerClient } from './client';
import type { Progress } from './protocol';

const baseUrl = new URL('/', location.href).href;
let store: Store;
const clients: TrainerClient[] = [];

/** Milliseconds that one thing is waited for; a software adapter on a busy machine takes its time. */
const PATIENCE_MS = 150_000;

/** A worker of its own, with everything that it says. */
function worker() {
  const client = new TrainerClient({ baseUrl, lastKnown: (id) => store.runs.get(id) });
  clients.push(client);
  const said: string[] = [];
  const since = performance.now();
  client.onEvent((event) => {
    const what = event.type === 'progress' ? JSON.stringify(event.progress) : event.type;
    said.push(`${((performance.now() - since) / 1000).toFixed(1)} s ${what}`);
  });
  /** What the time limit of a test would not tell: which of its waits was in vain, and what was heard before. */
  const within = async <T>(what: string, wanted: Promise<T>): Promise<T> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new Error(`Waited ${PATIENCE_MS / 1000} s for ${what}. Last heard: ${said.slice(-6).join('; ')}`),
        );
      }, PATIENCE_MS);
    });
    try {
      return await Promise.race([wanted, late]);
    } finally {
      clearTimeout(timer);
    }
  };
  const ended = (): Promise<RunResult> =>
    new Promise((resolve) => {
      client.onEvent((event) => {
        if (event.type === 'ended') resolve(event.result);
      });
    });
  /** Resolves with the first progress that is so. */
  const progress = (so: (progress: Progress) => boolean): Promise<Progress> =>
    new Promise((resolve) => {
      client.onEvent((event) => {
        if (event.type === 'progress' && so(event.progress)) resolve(event.progress);
      });
    });
  /** Piece by piece of a paused run's work until it has done so many steps. @returns the steps */
  const advance = async (steps: number): Promise<number> => {
    for (;;) {
      const paused = progress((p) => p.phase === 'paused');
      client.continue();
      // Heard before the second piece of work begins.
      client.pause();
      const { step } = await within('a pause', paused);
      if (step >= steps) return step;
    }
  };
  return { client, ended, progress, advance, within };
}

function config(backend: 'webgpu' | 'wasm'): RunConfig {
  const parsed = parseRunConfig({
    version: 1,
    name: 'Micro',
    model: { source: 'folder', path: 'tests/fixtures/models/micro/' },
    dropout: 0.1,
    tasks: ['reviews', 'tickets'].map((name) => ({
      id: name,
      name,
      metric: 'exact-match',
      data: { kind: 'sample', name },
    })),
    plan: {
      stages: [
        { task: 'reviews', steps: 2 },
        { task: 'tickets', steps: 3 },
      ],
    },
    optimizer: { name: 'adamw', learningRate: 0.01, schedule: { name: 'linear', warmupSteps: 1 } },
    batchSize: 2,
    maxSourceTokens: 16,
    maxTargetTokens: 4,
    evaluation: { everySteps: 100, examples: 2, testExamples: 2, batchSize: 2, maxNewTokens: 2, samples: 1 },
    seed: 5,
    backend,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** The same plan, trained with adapters: one of O-LoRA each stage beside a base of half precision. */
function adapted(backend: 'webgpu' | 'wasm'): RunConfig {
  const lora = { rank: 2, targets: ['q', 'wi'], dropout: 0.1, base: 'f16' };
  const plain = config(backend);
  // What costs programs of its own and has nothing to do with adapters is left out.
  const evaluation = { ...plain.evaluation, samples: 0, knowledge: { examples: 0 } };
  const parsed = parseRunConfig({ ...plain, evaluation, method: { name: 'o-lora' }, lora });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** Adapters are for the browser with both backends: the other is slow, and its WebGPU has their kernels tested apart. */
const plans = (backend: 'webgpu' | 'wasm'): [what: string, plan: RunConfig][] => [
  ['all weights', config(backend)],
  ...(backends.length > 1 ? [['adapters', adapted(backend)] satisfies [string, RunConfig]] : []),
];

async function unzipped(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<Record<string, Uint8Array>> {
  const zip: BlobPart[] = [];
  for await (const piece of pieces) zip.push(piece);
  return unzipSync(await new Blob(zip).bytes());
}

/** A record without what clocks and ids say. */
const timeless = (record: RunResult) => ({ ...record, id: '', createdAt: '', updatedAt: '', timings: [] });

beforeEach(async () => {
  store = await openStore();
});

afterEach(async () => {
  clients.splice(0).forEach((client) => client.terminate());
  for (const run of await store.runs.list()) await store.runs.remove(run.id);
  store.close();
});

describe.each(backends)('a run in the worker on %s', (backend) => {
  test.each(plans(backend))(
    'that trains %s, killed in the middle and taken up again, ends as if it had not been',
    async (_, plan) => {
      const first = worker();
      const wholeEnd = first.ended();
      await first.within('the start', first.client.start('whole', plan));
      const expected = await first.within('the end', wholeEnd);
      expect(expected.error).toBeUndefined();
      expect(expected.status).toBe('finished');
      expect(expected.device?.backend).toBe(backend);
      expect(expected.losses).toHaveLength(5);
      expect(expected.matrix.map((row) => row.scores.length)).toEqual([2, 2, 2]);

      // Paused in the second stage, which keeps a checkpoint; killed as soon as it goes on.
      first.client.pause();
      await first.within('the second start', first.client.start('killed', plan));
      const at = await first.advance(3);
      expect(await heldRuns()).toContain('killed');
      const going = first.progress((p) => p.phase !== 'paused');
      first.client.continue();
      await first.within('going on', going);
      first.client.terminate();
      await expect.poll(async () => [...((await heldRuns()) ?? [])]).toEqual([]);
      const left = await store.runs.get('killed');
      expect(settled(left!, new Set()).status).toBe('interrupted');

      const second = worker();
      const secondEnd = second.ended();
      const resumed = await second.within('the resumption', second.client.resume('killed'));
      expect(resumed.step).toBe(at);
      expect(resumed.losses).toEqual(expected.losses.slice(0, at));
      const result = await second.within('the end of the resumed run', secondEnd);
      expect(result.error).toBeUndefined();
      expect(timeless(result)).toEqual(timeless(expected));
      const weights = (id: string) => store.folders.readWhole(`run/${id}/stage-2`, 'model.safetensors');
      expect(await weights('killed')).toEqual(await weights('whole'));

      const files = await unzipped(second.client.exportCheckpoint('killed', 'stage-2'));
      expect(Object.keys(files).sort()).toEqual([
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'tokenizer.json',
        'tokenizer_config.json',
      ]);
      expect(files['model.safetensors']).toEqual(await weights('whole'));
      const adapter = second.client.exportCheckpoint('killed', 'stage-2', 'adapter');
      if (plan.lora) {
        const { 'adapter_config.json': about, ...others } = await unzipped(adapter);
        expect(Object.keys(others)).toEqual(['adapter_model.safetensors']);
        // Two stages of rank 2, alpha 16.
        expect(JSON.parse(new TextDecoder().decode(about))).toMatchObject({ r: 4, lora_alpha: 32 });
      } else await expect(adapter.next()).rejects.toThrow('have no adapter');
    },
    400_000,
  );
});

test('a probe says what the machine has; a run stopped while it loads leaves nothing to export', async () => {
  const { client, ended } = worker();
  const probe = await client.probe();
  expect(probe.wasm.available).toBe(true);
  const end = ended();
  const [backend] = backends;
  await client.start('exported', config(backend!));
  client.stop();
  expect((await end).status).toBe('stopped');
  await expect(client.exportCheckpoint('exported', 'stage-1').next()).rejects.toThrow('no longer kept');
});
