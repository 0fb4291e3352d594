/**
 * AdamW in place over a whole arena of weights, as torch.optim.AdamW: g' = g·clip[1]; θ −= lr·weightDecay·θ;
 * m = β1·m + (1 − β1)·g'; v = β2·v + (1 − β2)·g'²; θ −= lr·(m/c1)/(sqrt(v/c2) + ε), with lr, c1 = 1 − β1^t and
 * c2 = 1 − β2^t from the scalars. Afterwards the gradients are 0, for the next step to add to.
 * @see Loshchilov & Hutter 2019
 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

export const adamwSpec: OpSpec = {
  name: 'adamw',
  opcode: opcodes.adamw,
  bindings: [
    { name: 'weights', access: 'update' },
    { name: 'gradients', access: 'update' },
    { name: 'm', access: 'update' },
    { name: 'v', access: 'update' },
    { name: 'scalars', access: 'read' },
    { name: 'clip', access: 'read' },
  ],
  ints: ['length'],
  floats: ['beta1', 'beta2', 'epsilon', 'weightDecay'],
};

export function adamw(
  p: ProgramBuilder,
  v: { weights: View; gradients: View; m: View; v: View; scalars: View; clip: View },
  s: { length: number; beta1: number; beta2: number; epsilon: number; weightDecay: number },
): void {
  p.emit(
    adamwSpec,
    [v.weights, v.gradients, v.m, v.v, v.scalars, v.clip],
    [s.length],
    [s.beta1, s.beta2, s.epsilon, s.weightDecay],
  );
}
