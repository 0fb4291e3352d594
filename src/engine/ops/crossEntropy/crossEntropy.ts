/**
 * Softmax cross-entropy over rows of logits, in place: nothing of the size of the logits is kept beside them.
 * For a row n with label y ≥ 0: rowLoss[n] = logsumexp(logits[n]) − logits[n, y]; with grad 1 the row becomes
 * (softmax(logits[n]) − onehot(y))·lossScale. A row without a label (4294967196, −100 as u32) has loss 0 and
 * gradient 0. With grad 0 the logits stay.
 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

export const crossEntropySpec: OpSpec = {
  name: 'crossEntropy',
  opcode: opcodes.crossEntropy,
  bindings: [
    { name: 'logits', access: 'update' },
    { name: 'labels', access: 'read', dtype: 'u32' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'rowLoss', access: 'write' },
  ],
  ints: ['rows', 'vocab', 'grad'],
  floats: [],
};

export function crossEntropy(
  p: ProgramBuilder,
  v: { logits: View; labels: View; scalars: View; rowLoss: View },
  s: { rows: number; vocab: number; grad: boolean },
): void {
  p.emit(crossEntropySpec, [v.logits, v.labels, v.scalars, v.rowLoss], [s.rows, s.vocab, s.grad ? 1 : 0]);
}
