/** The page that tools/hub/run.mjs opens: the way of a model from a Hub to an export, a step at a time. */
import { openDevice } from '../../../src/engine/device';
import { forward } from '../../../src/engine/inspect';
import { parseT5Config } from '../../../src/engine/t5/config';
import { T5Model } from '../../../src/engine/t5/model';
import { Trainer, type TrainerSettings } from '../../../src/engine/trainer';
import type { Batch } from '../../../src/engine/types';
import { cachedFolder } from '../../../src/models/cache';
import { hubFolder } from '../../../src/models/hub/folder';
import { huggingFaceFolder } from '../../../src/models/huggingFace';
import { openModel } from '../../../src/models/load';
import { checkpointFolder, openStore } from '../../../src/store/store';
import { downloadStream } from '../../../src/ui/download';
import { exportCheckpoint } from '../../../src/worker/exporting';

const rows = 2;
const sourceLength = 64;
const targetLength = 32;
const settings: TrainerSettings = {
  optimizer: {
    name: 'adamw',
    learningRate: 1e-4,
    schedule: { name: 'constant', warmupSteps: 0 },
    clipNorm: 1,
    weightDecay: 0,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
  },
  totalSteps: 100,
  dropout: 0.1,
  seed: 1,
};

let base = '';
let opened: Awaited<ReturnType<typeof openModel>> | undefined;
let model: T5Model | undefined;

function loaded(): T5Model {
  if (!model) throw new Error('load the model first');
  return model;
}

function batch(): Batch {
  const { vocabSize } = loaded().config;
  const ids = (length: number, stride: number) =>
    Int32Array.from({ length }, (_, i) => 3 + ((i * stride) % (vocabSize - 3)));
  return {
    rows,
    sourceLength,
    targetLength,
    source: ids(rows * sourceLength, 613),
    sourceMask: new Float32Array(rows * sourceLength).fill(1),
    labels: ids(rows * targetLength, 389),
  };
}

async function folder() {
  const store = await openStore();
  const repo = { kind: 'models' as const, id: 'someone/model', revision: 'main' };
  return cachedFolder(hubFolder(repo, { base }), store.folders, 'hub/someone/model', {
    onWarning: (message) => {
      throw new Error(message);
    },
  });
}

/** What one step of training costs; the loss, so that it is known to have been done. */
async function train(count: number, more: Partial<TrainerSettings>): Promise<number[]> {
  const trainer = new Trainer(loaded(), { ...settings, ...more });
  const losses: number[] = [];
  for (let i = 0; i < count; i += 1) losses.push(await trainer.step(batch()).value());
  await trainer.dispose();
  return losses;
}

const steps = {
  /** From the Hub into the store, as it arrives. */
  async stream(hub: string): Promise<number> {
    base = hub;
    const content = await (await folder()).open('config.json');
    await content?.[Symbol.asyncIterator]().return?.();
    return (await (await openStore()).usage()).kept;
  },
  /** From the store onto the device, tensor by tensor. */
  async load(backend: string): Promise<string> {
    const device = await openDevice(backend === 'webgpu' ? 'webgpu' : 'wasm');
    opened = await openModel(await folder(), undefined, { finite: true });
    model = await T5Model.load(parseT5Config(opened.config, opened.generation), opened.tensors());
    return `${model.parameterCount} parameters, ${device.backend}, ${device.description}`;
  },
  async lora(): Promise<number[]> {
    const { adapters } = loaded();
    const adapter = await adapters.create(
      'step',
      { rank: 8, alpha: 16, dropout: 0.1, targets: ['q', 'v'] },
      1,
    );
    await adapters.attach(adapter);
    const losses = await train(3, { adapter });
    await adapters.detach(adapter);
    return losses;
  },
  full: (): Promise<number[]> => train(1, {}),
  /** What a run does at the end of a stage: from the device into the store, tensor by tensor. */
  async keep(): Promise<number> {
    if (!opened) throw new Error('load the model first');
    const { parameters } = loaded();
    const shapes = parameters.names.map((name) => ({ name, shape: parameters.shape(name) }));
    const { config, tokenizer, tokenizerConfig } = opened;
    const tensors = { shapes, tensors: loaded().tensors() };
    const files = huggingFaceFolder({ config, tokenizer, tokenizerConfig, tensors });
    const meta = { runId: 'hub', checkpointId: 'stage-1', place: 'stage', stage: 1, step: 1, runName: 'Hub' };
    const { folders } = await openStore();
    return (await folders.keep(checkpointFolder('hub', 'stage-1'), 'checkpoint', files, meta)).bytes;
  },
  /** What the page does when a checkpoint is exported: a zip, streamed to where the browser downloads from. */
  async export(): Promise<void> {
    const { chunks } = await exportCheckpoint(await openStore(), 'hub', 'stage-1');
    // It would ask a person for a place.
    Reflect.deleteProperty(window, 'showSaveFilePicker');
    await downloadStream('checkpoint.zip', 'application/zip', Number.MAX_SAFE_INTEGER, () => chunks);
  },
  /** Sends a batch and its logits to an address that takes them. */
  async logits(address: string): Promise<void> {
    const send = async (path: string, body: BodyInit) => {
      const { ok } = await fetch(`${address}${path}`, { method: 'POST', body });
      if (!ok) throw new Error(`${path} was not taken`);
    };
    const given = batch();
    const { logits } = await forward(loaded(), given);
    await send('logits.f32', logits as Float32Array<ArrayBuffer>);
    const plain = { rows, source: [...given.source], labels: [...given.labels] };
    await send('batch.json', JSON.stringify(plain));
  },
};

declare global {
  interface Window {
    steps: typeof steps;
  }
}

window.steps = steps;
