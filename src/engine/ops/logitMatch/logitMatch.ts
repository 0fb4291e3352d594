/**
 * Cross-entropy together with a second loss that holds the logits to given ones, over rows of logits z, in place.
 * The weights wc of the cross-entropy and wm of the match are scalars of the step. For a row n with a label:
 *
 * - `distillation`: rowLoss[n] = wc·CE + wm·τ²·KL(softmax(t/τ) ‖ softmax(z/τ)); the row becomes
 *   (wc·(softmax(z) − onehot) + wm·τ·(softmax(z/τ) − softmax(t/τ)))·lossScale.
 * - `logitError`: rowLoss[n] = wc·CE + wm·mean((z − t)²); the row becomes
 *   (wc·(softmax(z) − onehot) + wm·2/vocab·(z − t))·lossScale.
 *
 * A row without a label has loss 0 and gradient 0. The row's sums are taken in one order, whatever the threads.
 * @see Hinton et al. 2015 and Li & Hoiem 2016 (LwF); Buzzega et al. 2020 (DER, DER++)
 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

const bindings: OpSpec['bindings'] = [
  { name: 'logits', access: 'update' },
  { name: 'given', access: 'read' },
  { name: 'labels', access: 'read', dtype: 'u32' },
  { name: 'scalars', access: 'read', dtype: 'u32' },
  { name: 'rowLoss', access: 'write' },
];

export const distillationSpec: OpSpec = {
  name: 'distillation',
  opcode: opcodes.distillation,
  bindings,
  ints: ['rows', 'vocab'],
  floats: ['temperature'],
};

export const logitErrorSpec: OpSpec = {
  name: 'logitError',
  opcode: opcodes.logitError,
  bindings,
  ints: ['rows', 'vocab'],
  floats: [],
};

interface MatchViews {
  /** [rows, vocab] */
  logits: View;
  /** [rows, vocab], what the logits are held to. */
  given: View;
  labels: View;
  scalars: View;
  rowLoss: View;
}

const list = (v: MatchViews): View[] => [v.logits, v.given, v.labels, v.scalars, v.rowLoss];

export function distillation(
  p: ProgramBuilder,
  v: MatchViews,
  s: { rows: number; vocab: number; temperature: number },
): void {
  p.emit(distillationSpec, list(v), [s.rows, s.vocab], [s.temperature]);
}

export function logitError(p: ProgramBuilder, v: MatchViews, s: { rows: number; vocab: number }): void {
  p.emit(logitErrorSpec, list(v), [s.rows, s.vocab]);
}
