/**
 * Trains on given batches with the engine alone, in one go, without worker, store or interruptions. What the
 * product exports after the same steps on the same backend must be the same, bit for bit.
 */
import { stageSeed } from '../../../src/continual/order';
import { openDevice } from '../../../src/engine/device';
import { parseT5Config } from '../../../src/engine/t5/config';
import { T5Model } from '../../../src/engine/t5/model';
import { collate } from '../../../src/engine/text/batches';
import { Trainer } from '../../../src/engine/trainer';
import { urlFolder } from '../../../src/models/folder';
import { openModel } from '../../../src/models/load';
import type { RunConfig } from '../../../src/run/config';
import type { BatchDump } from '../../../tools/lab/batches';

interface Training {
  /** Relative to this page. */
  model: string;
  backend: 'webgpu' | 'wasm';
  config: RunConfig;
  steps: BatchDump['steps'];
}

declare global {
  interface Window {
    /** @returns SHA-256 of the little-endian float32 values of every tensor, by name */
    retrain: (training: Training) => Promise<Record<string, string>>;
  }
}

window.retrain = async ({ model: address, backend, config, steps }) => {
  await openDevice(backend);
  const opened = await openModel(urlFolder(new URL(address, location.href).href));
  const model = await T5Model.load(parseT5Config(opened.config, opened.generation), opened.tensors());
  const stages = [...new Set(steps.map(({ stage }) => stage))];
  for (const stage of stages) {
    const own = steps.filter((step) => step.stage === stage);
    const trainer = new Trainer(model, {
      optimizer: config.optimizer,
      totalSteps: own.length,
      dropout: config.dropout ?? model.config.dropoutRate,
      seed: stageSeed(config.seed, stage),
    });
    for (const { examples } of own) await trainer.step(collate(examples)).value();
    await trainer.dispose();
  }
  const digests: Record<string, string> = {};
  for await (const { name, data } of model.tensors()) {
    const digest = await crypto.subtle.digest('SHA-256', data.slice());
    digests[name] = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return digests;
};
