/**
 * Labels drawn from the model's own distribution, by the Gumbel-max trick: drawn[n] = argmax_j z[n, j] + γ(n, j),
 * γ = −ln(−ln u), u = (hash·2⁻⁹ rounded down + ½)·2⁻²³ of the 32-bit hash mix(mix(seed) + n·vocab + j). Rows without
 * a label stay without. For Fisher information by sampling. @see Gumbel 1954; Kunstner et al. 2019
 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

export const sampleLabelsSpec: OpSpec = {
  name: 'sampleLabels',
  opcode: opcodes.sampleLabels,
  bindings: [
    { name: 'logits', access: 'read' },
    { name: 'labels', access: 'read', dtype: 'u32' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'drawn', access: 'write', dtype: 'u32' },
  ],
  ints: ['rows', 'vocab'],
  floats: [],
};

export function sampleLabels(
  p: ProgramBuilder,
  v: { logits: View; labels: View; scalars: View; drawn: View },
  s: { rows: number; vocab: number },
): void {
  p.emit(sampleLabelsSpec, [v.logits, v.labels, v.scalars, v.drawn], [s.rows, s.vocab]);
}
