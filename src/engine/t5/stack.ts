/** One of the two stacks, embedding to final norm, forward and back. */
import { embedding, embeddingGrad } from '../ops/embedding/embedding';
import { positionBias, positionBiasGrad } from '../ops/positionBias/positionBias';
import type { View } from '../program/program';
import { dropOut, gradientOf, newDrop, norm, normGrad, type Build, type Drop, type Normed } from './build';
import {
  crossAttention,
  crossAttentionGrad,
  crossKeysAndValues,
  type CrossAttention,
  type Encoded,
  type Projected,
} from './crossAttention';
import { feedForward, feedForwardGrad, type FeedForward } from './feedForward';
import type { StackNeeds } from './needs';
import { selfAttention, selfAttentionGrad, type SelfAttention } from './selfAttention';

export interface StackInputs {
  side: 'encoder' | 'decoder';
  B: number;
  T: number;
  /** [B·T] token ids. */
  ids: View;
  /** [T·T] buckets of relative positions. */
  buckets: View;
  /** [B, T], 1 for a token that may be attended. */
  mask: View;
  /** What the decoder attends to; `Projected` where nothing is trained. */
  encoded?: Encoded | Projected;
}

/** What a layer's forward pass leaves for its backward pass. */
interface Saved {
  self: SelfAttention;
  cross?: CrossAttention;
  ff: FeedForward;
}

/** Saved, or made anew when it is asked for. */
type Layer = () => Saved;

export interface Stack {
  inputs: StackInputs;
  embedDrop: Drop;
  layers: Layer[];
  final: Normed;
  finalDrop: Drop;
  /** [B·T, dModel]. */
  output: View;
}

/** @param last whether the layer's output is wanted, and not only what its backward pass takes */
function forward(
  b: Build,
  n: number,
  h: View,
  bias: View,
  { side, B, T, mask, encoded }: StackInputs,
  last = true,
): { h: View; saved: Saved } {
  const key = `${side}.${n}`;
  const self = selfAttention(b, `${key}.self`, h, { B, T, mask, bias, causal: side === 'decoder' });
  let cross: { h: View; saved: CrossAttention } | undefined;
  if (encoded) {
    const kv =
      'states' in encoded ? crossKeysAndValues(b, `${key}.cross`, encoded, B) : encoded.keysAndValues[n];
    if (!kv) throw new Error(`no keys and values for layer ${n}`);
    cross = crossAttention(b, `${key}.cross`, self.h, { B, T, kv, mask: encoded.mask, S: encoded.S });
  }
  const ff = feedForward(b, `${key}.ff`, cross?.h ?? self.h, B * T, last);
  return { h: ff.h, saved: { self: self.saved, ...(cross && { cross: cross.saved }), ff: ff.saved } };
}

/** The same build, which notes the dropout masks that it takes; and one that takes those again. */
const recording = (b: Build, sites: number[]): Build => ({
  ...b,
  nextSite: () => sites[sites.push(b.nextSite()) - 1]!,
});
function replaying(b: Build, sites: readonly number[]): Build {
  let next = 0;
  return { ...b, nextSite: () => sites[next++]! };
}

export function stackForward(b: Build, inputs: StackInputs): Stack {
  const { side, B, T, ids } = inputs;
  const { config, p, scalars } = b;
  const rows = B * T;
  let h = p.scratch(`${side}.embedded`, rows * config.dModel);
  const embedDrop = newDrop(b);
  embedding(
    p,
    { table: b.weights.group('shared'), ids, scalars, out: h },
    { rows, dim: config.dModel, dropout: embedDrop.rate, site: embedDrop.site },
  );
  const bias = p.scratch(`${side}.bias`, config.numHeads * T * T);
  const table = b.weights.group(`${side}.bias`);
  positionBias(p, { table, buckets: inputs.buckets, bias }, config.numHeads, T * T);
  const layers: Layer[] = [];
  const depth = side === 'encoder' ? config.numLayers : config.numDecoderLayers;
  for (let n = 0; n < depth; n++) {
    const [input, sites] = [h, [] as number[]];
    const layer = forward(recording(b, sites), n, input, bias, inputs);
    layers.push(
      b.checkpoint
        ? () => forward(replaying(b, sites), n, input, bias, inputs, false).saved
        : () => layer.saved,
    );
    h = layer.h;
  }
  const final = norm(b, `${side}.final.norm`, h, rows);
  const finalDrop = newDrop(b);
  const output = dropOut(b, final.y, rows * config.dModel, finalDrop);
  return { inputs, embedDrop, layers, final, finalDrop, output };
}

/**
 * Adds the gradients of every trained weight of the stack.
 * @param needs of this stack; `any` is true
 * @param dOutput gradient of `stack.output`
 * @param order stable sort of the tokens by id, for the embedding's gradient
 * @param dStates collects the gradient of the encoder's output (decoder only)
 */
export function stackBackward(
  b: Build,
  stack: Stack,
  needs: StackNeeds,
  dOutput: View,
  order: View,
  dStates?: View,
): void {
  const { side, B, T, ids, buckets, encoded } = stack.inputs;
  const { config, p, scalars } = b;
  const rows = B * T;
  const dFinal = dropOut(b, dOutput, rows * config.dModel, stack.finalDrop);
  const dh = p.scratch(`${side}.dh`, rows * config.dModel);
  normGrad(b, `${side}.final.norm`, stack.final, dFinal, dh, rows, false);
  const dBiasTable = gradientOf(b, `${side}.bias`);
  const dBias = dBiasTable && p.scratch(`${side}.dbias`, config.numHeads * T * T);
  const top = stack.layers.length - 1;
  for (let n = top; n >= 0; n--) {
    const { self, cross, ff } = needs.layers[n]!;
    if (!ff.any && !cross.any && !self.any) continue;
    const layer = stack.layers[n]!();
    if (ff.any) feedForwardGrad(b, layer.ff, dh, ff);
    if (layer.cross && encoded && 'states' in encoded && cross.any)
      crossAttentionGrad(b, layer.cross, dh, cross, encoded, dStates, n === top);
    if (self.any) selfAttentionGrad(b, layer.self, dh, self, dBias, n === top);
  }
  if (dBias)
    positionBiasGrad(
      p,
      { dBias, buckets, dTable: dBiasTable },
      { H: config.numHeads, TS: T * T, numBuckets: config.relativeAttentionNumBuckets },
    );
  const dTable = gradientOf(b, 'shared');
  if (dTable)
    embeddingGrad(
      p,
      { dOut: dh, ids, order, scalars, dTable },
      { rows, dim: config.dModel, dropout: stack.embedDrop.rate, site: stack.embedDrop.site },
    );
}
