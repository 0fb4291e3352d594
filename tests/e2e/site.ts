/** The built page as a static host serves it under a path, with the micro model in the place of the bundled one. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { readSafetensors } from '../../src/models/safetensors';
import type { RunConfig, RunConfigInput } from '../../src/run/config';
import type { RunResult } from '../../src/run/result';
import { dumpBatches } from '../../tools/lab/batches';
import { dist, ensureBuild, root } from '../../tools/project.mjs';
import { serve } from '../../tools/serve.mjs';
import { buildTestPage } from '../browser/page.mjs';

export const fixtures = path.join(root, 'tests/fixtures');

/** One upload of the tests: what a person types into the mapping dialog, and what they then read. */
export interface UploadedTask {
  file: string;
  name: string;
  input: string;
  target: string;
  /** The first words of the prompts of the preview. */
  prompt: string;
}

export const uploads: UploadedTask[] = [
  {
    file: path.join(fixtures, 'e2e/reviews.csv'),
    name: 'Verdicts',
    input: 'verdict of: {review}',
    target: '{verdict}',
    prompt: 'verdict of: ',
  },
  {
    file: path.join(fixtures, 'e2e/tickets.csv'),
    name: 'Queues',
    input: 'queue of: {message}',
    target: '{queue}',
    prompt: 'queue of: ',
  },
];

/** Small enough for a WebGPU that is emulated on the CPU. */
export const settings = {
  learningRate: 0.01,
  batchSize: 4,
  maxSourceTokens: 32,
  maxTargetTokens: 12,
  everySteps: 3,
  examples: 4,
  testExamples: 4,
  evaluationBatch: 4,
  maxNewTokens: 4,
  samples: 2,
};

/** A run of one sample task on WASM, small in everything but its steps. */
export const sampleRun = (steps: number): RunConfigInput => ({
  version: 1,
  model: { source: 'bundled', name: 'pocket' },
  tasks: [
    { id: 'reviews', name: 'Reviews', metric: 'exact-match', data: { kind: 'sample', name: 'reviews' } },
  ],
  plan: { stages: [{ task: 'reviews', steps }] },
  optimizer: { name: 'adamw', learningRate: 0.001 },
  batchSize: 2,
  maxSourceTokens: 16,
  maxTargetTokens: 4,
  evaluation: { examples: 2, testExamples: 2, batchSize: 2, maxNewTokens: 2, samples: 1 },
  backend: 'wasm',
});

/**
 * @param o.isolated whether the server sends the headers of cross-origin isolation
 * @param o.micro false leaves the bundled model in its place
 */
export async function openSite({ isolated = true, micro = true } = {}) {
  await ensureBuild();
  const retrain = await buildTestPage(path.join(import.meta.dirname, 'retrain'));
  const server = await serve({
    isolated,
    mounts: {
      '/some/where/': dist,
      ...(micro && { '/some/where/models/pocket/': path.join(fixtures, 'models/micro') }),
      '/retrain/': retrain.folder,
      '/retrain/model/': path.join(fixtures, 'models/micro'),
      '/files/': path.join(fixtures, 'e2e'),
    },
  });
  return {
    page: `${server.origin}/some/where/#/bench`,
    /** Without an address: the first screen, on a first visit. */
    start: `${server.origin}/some/where/`,
    retrain: `${server.origin}/retrain/`,
    /** The batches that a run over the uploads trains on, read from the files themselves. */
    batches: (config: RunConfig) => dumpBatches(fromFiles(config), `${server.origin}/files/`, Infinity),
    async close() {
      await server.close();
      retrain.remove();
    },
  };
}

/** The config with its kept datasets replaced by the files that were uploaded. */
function fromFiles(config: RunConfig): RunConfig {
  const tasks = config.tasks.map((task): RunConfig['tasks'][number] => {
    const upload = uploads.find(({ name }) => name === task.name);
    if (task.data.kind !== 'stored' || !upload) throw new Error(`${task.name} is no upload`);
    const { mapping, split } = task.data;
    const train = path.basename(upload.file);
    return { ...task, data: { kind: 'files', train, mapping, ...(split && { split }) } };
  });
  return { ...config, model: { source: 'folder', path: '../retrain/model/' }, tasks };
}

/** SHA-256 of the values of every tensor of a safetensors file, by name. */
export async function tensorDigests(file: Uint8Array): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const stream = (async function* () {
    yield file;
  })();
  for await (const { name, data } of readSafetensors(stream, 'model.safetensors')) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    digests[name] = createHash('sha256').update(bytes).digest('hex');
  }
  return digests;
}

/**
 * Waits until a run's record is as wanted.
 * @throws Error with the run's own error when it fails instead, or after `seconds`
 */
export async function until(
  read: () => Promise<RunResult | undefined>,
  wanted: (run: RunResult) => boolean,
  seconds = 300,
): Promise<RunResult> {
  for (const end = Date.now() + 1000 * seconds; ;) {
    const run = await read();
    if (run && wanted(run)) return run;
    if (run?.status === 'failed') throw new Error(`The run failed: ${run.error ?? 'it does not say why'}`);
    if (Date.now() > end)
      throw new Error(`After ${seconds} s: ${run?.status ?? 'no run'}, step ${run?.step ?? 0}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
