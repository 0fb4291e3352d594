import type { Parameters } from '../parameters';
import type { Scalar, Tensor, Tensor1D } from '../tf';
import type { OptimizerSettings } from '../types';
import { Adafactor } from './adafactor';
import { AdamW } from './adamw';
import type { Arena } from './arena';
import type { Moments } from './moments';

export interface Update {
  parameters: Parameters;
  /** By parameter name, before clipping. */
  gradients: Map<string, Tensor>;
  /** The same, joined in the groups of the arena; none for Adafactor without clipping. */
  groups: Tensor1D[];
  /** Of this step. */
  learningRate: number;
  /** This step's number, counted from 1. */
  step: number;
  /** Multiplies every gradient; null for none. */
  clipping: Scalar | null;
}

/** One rule for updating parameters, with what it remembers of earlier steps. */
export interface Optimizer {
  readonly moments: Moments;
  /** Updates every parameter. Call it inside a tidy. */
  update(update: Update): void;
}

/** An optimiser for the parameters of a model, as if no step had been done. */
export function makeOptimizer(settings: OptimizerSettings, parameters: Parameters, arena: Arena): Optimizer {
  return settings.name === 'adamw' ? new AdamW(settings, arena) : new Adafactor(settings, parameters);
}
