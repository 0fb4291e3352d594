/** Which examples are seen when: pure functions of seeds, so that a resumed run sees what an unbroken one would. */
import { draw, shuffled, streamKey } from '../engine/random';
import type { RunConfig, Stage } from '../run/config';
import { ALL_TASKS, trainsJointly } from '../run/methods';
import type { RunResult } from '../run/result';

export { EVALUATION_SEED, evaluationSample } from '../run/sample';

/** The seed of a stage's dropout. */
export function stageSeed(seed: number, stage: number): number {
  return draw(streamKey(seed, stage), 0);
}

/** Tells draws of an adapter's first matrices from those of a stage's dropout. */
const ADAPTER_DRAWS = 0x6c6f7261;

/** The seed of the matrices that a stage's adapter begins with. */
export function adapterSeed(seed: number, stage: number): number {
  return draw(streamKey(seed, ADAPTER_DRAWS, stage), 0);
}

/** Optimiser steps of a stage; part of a batch at the end of the last epoch counts as a step. */
export function stageSteps(stage: Stage, trainRows: number, batchSize: number): number {
  if (stage.steps !== undefined) return stage.steps;
  return Math.max(1, Math.ceil(((stage.epochs ?? 0) * trainRows) / batchSize));
}

/** The bands of a plan: which steps, counted from 0 over the run, train which task. */
export function bandsOf(config: RunConfig, trainRows: (task: string) => number): RunResult['bands'] {
  let from = 0;
  const bands = config.plan.stages.map((stage, index) => {
    const to = from + stageSteps(stage, trainRows(stage.task), config.batchSize);
    const band = { stage: index + 1, task: stage.task, from, to };
    from = to;
    return band;
  });
  return trainsJointly(config.method) ? [{ stage: 1, task: ALL_TASKS, from: 0, to: from }] : bands;
}

/** Steps at which the curve has points: before training, every `every` steps, and at the end of each stage. */
export function evaluationSteps(bands: RunResult['bands'], every: number): number[] {
  const steps = new Set([0, ...bands.map((band) => band.to)]);
  const total = bands.at(-1)?.to ?? 0;
  for (let step = every; step <= total; step += every) steps.add(step);
  return [...steps].sort((a, b) => a - b);
}

/** Row numbers by their place in the order in which a stage's training examples are due. */
export interface RowOrder {
  /** Those of the places `from`, counted from 0, to `from + count − 1`. */
  rows(from: number, count: number): number[];
}

/**
 * The order of a task's training examples: epochs are shuffled one by one and laid end to end. Step k of a stage
 * takes the k-th run of a batch of them, so every batch is full and one may reach into the next epoch.
 */
export class ExampleOrder implements RowOrder {
  private epoch = -1;
  private order = new Int32Array(0);

  /**
   * @param total examples in the training part, at least 1
   * @param stage counted from 1
   */
  constructor(
    private readonly total: number,
    private readonly seed: number,
    private readonly stage: number,
  ) {
    if (total < 1) throw new RangeError('an order needs at least one example');
  }

  rows(from: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => this.row(from + i));
  }

  private row(position: number): number {
    const epoch = Math.floor(position / this.total);
    if (epoch !== this.epoch) {
      this.epoch = epoch;
      this.order = shuffled(this.total, this.seed, this.stage, epoch) as Int32Array<ArrayBuffer>;
    }
    return this.order[position % this.total] as number;
  }
}
