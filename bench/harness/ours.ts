/** Our engine, held to what its peers are held to. */
import { lossAndGradients } from '../../src/engine/inspect';
import type { Executor } from '../../src/engine/program/executor';
import { T5Model } from '../../src/engine/t5/model';
import { Trainer, type TrainerSettings } from '../../src/engine/trainer';
import { probeDevices } from '../../src/engine/probe';
import type { AdamWSettings, Batch } from '../../src/engine/types';
import { WasmExecutor } from '../../src/engine/wasm/executor';
import { WebGpuExecutor } from '../../src/engine/webgpu/executor';
import { requestDevice } from '../../src/engine/webgpu/features';
import type { Peer, PeerModel, PeerModelSpec } from '../peers/peer';

/** Devices of this page, by backend and threads. */
const executors = new Map<string, Promise<Executor>>();

/** A device of its own: peers have TensorFlow.js to themselves. */
async function openWebGpu(): Promise<Executor> {
  const { webgpu } = await probeDevices();
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error(`no WebGPU: ${webgpu.reason ?? 'no adapter'}`);
  return new WebGpuExecutor(await requestDevice(adapter), { software: webgpu.software });
}

/** The device that our models share in this page. */
export function executorOf(backend: 'webgpu' | 'wasm', threads: number): Promise<Executor> {
  const key = `${backend} ${threads}`;
  const open = executors.get(key) ?? (backend === 'webgpu' ? openWebGpu() : WasmExecutor.create({ threads }));
  executors.set(key, open);
  return open;
}

/** As the page trains by default: clipping, which the peers go without, included. */
const adamw = (learningRate: number): AdamWSettings => ({
  name: 'adamw',
  learningRate,
  schedule: { name: 'constant', warmupSteps: 0 },
  clipNorm: 1,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
});

export class OurModel implements PeerModel {
  readonly settings: TrainerSettings;
  readonly trainer: Trainer;

  constructor(
    readonly model: T5Model,
    spec: Pick<PeerModelSpec, 'dropout' | 'learningRate'>,
  ) {
    const optimizer = adamw(spec.learningRate);
    this.settings = { optimizer, totalSteps: 1e6, dropout: spec.dropout, seed: 1 };
    this.trainer = new Trainer(model, this.settings);
  }

  get executor(): Executor {
    return this.model.executor;
  }

  lossAndGradients(batch: Batch): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    return lossAndGradients(this.model, batch);
  }

  step(batch: Batch): void {
    this.trainer.step(batch).discard();
  }

  /** Resolves when everything asked for has been handed to the device. */
  submitted(): Promise<void> {
    return this.model.enqueue(() => Promise.resolve());
  }

  async finish(): Promise<void> {
    await this.submitted();
    await this.executor.finish();
  }

  /** Kernel launches of one step. */
  async kernelCalls(batch: Batch): Promise<number> {
    const { executor } = this;
    const run = executor.run.bind(executor);
    let calls = 0;
    executor.run = (loaded) => {
      calls += loaded.dispatches;
      run(loaded);
    };
    this.step(batch);
    await this.submitted();
    executor.run = run;
    return calls;
  }

  async dispose(): Promise<void> {
    await this.trainer.dispose();
    await this.model.dispose();
  }
}

export const ours = {
  name: 'ours',
  async open(spec: PeerModelSpec): Promise<OurModel> {
    const executor = await executorOf(spec.backend, spec.threads);
    return new OurModel(await T5Model.load(spec.config, spec.weights, executor), spec);
  },
} satisfies Peer;
