/**
 * Which gradients somebody needs. Frozen weights need none of their own, and below the lowest trained weight nobody
 * needs that of the activations either.
 */
import { trains, type Build } from './build';

/** Of one sublayer, each true where what the one before asks for is. */
export interface SublayerNeeds {
  /** The gradient of its input, for what lies below. */
  input: boolean;
  /** That of its norm's output: its input's or the norm's weight is needed. */
  norm: boolean;
  /** What lies before its last projection (o or wo). */
  inside: boolean;
  /** Anything at all. */
  any: boolean;
}

export interface StackNeeds {
  /** The gradient of the stack's output. */
  any: boolean;
  /** The tables of relative positions and of the vocabulary are trained. */
  bias: boolean;
  table: boolean;
  layers: { self: SublayerNeeds; cross: SublayerNeeds; ff: SublayerNeeds }[];
}

/** @param states whether the decoder is to give the gradient of the encoder's output */
export function needsOf(b: Build, side: 'encoder' | 'decoder', states = false): StackNeeds {
  const bias = trains(b, `${side}.bias`);
  const table = trains(b, 'shared');
  let input = bias || table;
  const sublayer = (key: string, projections: string[], wanted: boolean): SublayerNeeds => {
    const norm = input || trains(b, `${key}.norm`);
    const inside = norm || wanted || projections.some((name) => trains(b, `${key}.${name}`));
    const needs = { input, norm, inside, any: inside || trains(b, `${key}.`) };
    input = needs.any;
    return needs;
  };
  const depth = side === 'encoder' ? b.config.numLayers : b.config.numDecoderLayers;
  const layers = Array.from({ length: depth }, (_, n) => ({
    self: sublayer(`${side}.${n}.self`, ['qkv'], false),
    cross: sublayer(`${side}.${n}.cross`, ['q', 'kv'], states),
    ff: sublayer(`${side}.${n}.ff`, ['wi'], false),
  }));
  return { any: input || trains(b, `${side}.final`), bias, table, layers };
}
