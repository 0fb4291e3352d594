/** Our engine, held to what its peers are held to. */
import { currentExecutor, openDevice } from '../../src/engine/device';
import { lossAndGradients } from '../../src/engine/inspect';
import type { Executor } from '../../src/engine/program/executor';
import { Optimizer } from '../../src/engine/optim/optimizer';
import { Parameters } from '../../src/engine/parameters';
import { T5Model } from '../../src/engine/t5/model';
import { Trainer } from '../../src/engine/trainer';
import type { AdamWSettings, Batch } from '../../src/engine/types';
import { WasmExecutor } from '../../src/engine/wasm/executor';
import type { Peer, PeerModel, PeerModelSpec } from '../peers/peer';

/** Opened once: another opening would take the device away from the models on it. */
let webgpu: Promise<Executor> | undefined;
const wasm = new Map<number, Promise<Executor>>();

/** The device that our models share in this page. */
export function executorOf(backend: 'webgpu' | 'wasm', threads: number): Promise<Executor> {
  if (backend === 'webgpu') return (webgpu ??= openDevice('webgpu').then(currentExecutor));
  const open = wasm.get(threads) ?? WasmExecutor.create({ threads });
  wasm.set(threads, open);
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
  readonly trainer: Trainer;

  constructor(
    readonly model: T5Model,
    spec: Pick<PeerModelSpec, 'dropout' | 'learningRate'>,
  ) {
    const optimizer = adamw(spec.learningRate);
    this.trainer = new Trainer(model, { optimizer, totalSteps: 1e6, dropout: spec.dropout, seed: 1 });
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

  /** Kernel launches of a step: of its program, and of the optimiser's. */
  async kernelCalls(shape: { B: number; S: number; T: number }, dropout: number): Promise<number> {
    const { model, executor } = this;
    const gradients = new Parameters(executor, model.parameters.layout, 'counted');
    const step = await model.loadStep(shape, { gradients, dropout });
    const optimizer = new Optimizer(model, gradients, adamw(1e-3), 1);
    await optimizer.load();
    const calls = step.loaded.dispatches + optimizer.dispatches;
    executor.unload(step.loaded);
    optimizer.dispose();
    gradients.dispose();
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
