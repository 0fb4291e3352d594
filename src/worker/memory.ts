/** Whether a run fits the device that is open, before its weights are read. */
import { bucket } from '../engine/text/batches';
import { fitRun, type Fitting, type WantedSizes } from '../engine/fitting';
import { inBytes } from '../engine/preflight';
import type { Executor } from '../engine/program/executor';
import type { T5Config } from '../engine/types';
import type { RunConfig } from '../run/config';
import { adapterUse } from '../run/lora';

/** Copies of what trains that a method keeps on the device, and what it holds logits to. */
interface Keeping {
  sets: number;
  loss?: 'distillation' | 'logits';
}

/** By the method's name; one that is not here keeps nothing on the device. */
const keeping: Readonly<Record<string, (stages: number, settings: object) => Keeping>> = {
  'a-gem': () => ({ sets: 1 }),
  'der++': () => ({ sets: 0, loss: 'logits' }),
  lwf: () => ({ sets: 1, loss: 'distillation' }),
  // A Fisher matrix and the weights that it pulls to: of each stage, or of all together.
  ewc: (stages, settings) => ({
    sets: 'mode' in settings && settings.mode === 'online' ? 2 : 2 * stages,
  }),
  'l2-sp': () => ({ sets: 1 }),
  'wise-ft': () => ({ sets: 1 }),
  ema: () => ({ sets: 1 }),
  soup: () => ({ sets: 2 }),
};

/** The adapters of a run, and how the weights beside them are kept. */
function adapterOf({ lora, method, plan }: RunConfig): Pick<WantedSizes, 'adapter' | 'precision'> {
  if (!lora) return {};
  const { rank, targets, dropout, base } = lora;
  const before = plan.stages.length - 1;
  const use = adapterUse(lora, method);
  return {
    precision: base,
    adapter: {
      ...{ rank, targets, dropout },
      frozenRank: use === 'summed' ? before * rank : 0,
      // One a task: those of other stages, and the one in training while another answers.
      kept: { shared: 0, summed: before, 'per-task': before > 0 ? before + 1 : 0 }[use],
    },
  };
}

/** GiB of the machine, where the browser tells; some tell no more than 8 of any. */
function machineBytes(): number {
  const told =
    typeof navigator === 'undefined' ? undefined : (navigator as { deviceMemory?: number }).deviceMemory;
  return told === undefined || told >= 8 ? Infinity : told * 2 ** 30;
}

/**
 * Plans the largest programs of a run, and settles its micro-batches where the config leaves them open.
 * @throws Error with the numbers where the run can't fit, and with what would
 */
export function fitToDevice(config: RunConfig, model: T5Config, executor: Executor): Fitting {
  const { evaluation, optimizer, method, plan } = config;
  const { sets, loss } = keeping[method.name]?.(
    plan.stages.length + (plan.rehearsed?.length ?? 0),
    method,
  ) ?? { sets: 0 };
  const limits = { ...executor.limits, total: Math.min(executor.limits.total, machineBytes()) };
  const wanted = {
    batch: {
      rows: config.batchSize,
      source: bucket(config.maxSourceTokens),
      target: bucket(config.maxTargetTokens),
    },
    evaluation: { rows: evaluation.batchSize, newTokens: evaluation.maxNewTokens, beams: evaluation.beams },
    optimizer: optimizer.name,
    sets,
    loss,
    ...adapterOf(config),
    microBatch: config.accumulate,
    checkpoint: config.checkpointActivations,
  };
  return fitRun(model, wanted, executor.kind === 'webgpu' ? 'webgpu' : 'wasm', limits);
}

/** What a run was made to fit with, in a sentence. */
export function fittingWords({ microBatch, checkpoint, needs }: Fitting, { batchSize }: RunConfig): string {
  const cut = microBatch < batchSize ? `, ${microBatch} of ${batchSize} rows at a time` : '';
  const again = checkpoint ? ', activations computed again' : '';
  return `about ${inBytes(needs.total)}${cut}${again}`;
}
