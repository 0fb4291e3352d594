/**
 * The training step, in the order in which it happens: embed and encode, decode with teacher forcing, logits and
 * loss, then back through all of it, adding to the gradients. `optim/` then clips them and moves the weights.
 */
import type { LowRank } from '../adapters/lowRank';
import { axpy } from '../ops/vector/vector';
import { ProgramBuilder, type Program, type View } from '../program/program';
import type { T5Config } from '../types';
import type { Build } from './build';
import { logitsOf, lossAndGradient, type Objective } from './head';
import type { ArenaSet } from './layout';
import { needsOf } from './needs';
import { stackBackward, stackForward, type Stack } from './stack';

export interface StepShape {
  B: number;
  S: number;
  T: number;
}

/** What the host writes before a run, and reads after it. */
export interface StepInputs {
  /** [B·S] and [B·T] ids; the decoder's are the labels shifted right. */
  source: View;
  decoderIds: View;
  /** [B, S] and [B, T]. */
  sourceMask: View;
  decoderMask: View;
  /** [B·T], −100 where there is no token. */
  labels: View;
  sourceBuckets: View;
  targetBuckets: View;
  /** Stable sorts of the ids, for the embedding's gradient; absent in programs that only go forward. */
  orders?: { source: View; target: View };
  /** [B·T, vocab] logits to be held to, zero where there is no label; only in programs that take them from the host. */
  given?: View;
  /** [B·T] loss of each target token in nats; read after a run. */
  rowLoss: View;
}

/** What a step trains for. A match is to the logits of `teacher`, weights laid out like the model's, or to given ones. */
export type StepLoss =
  | { kind: 'labels' | 'sampled' }
  | { kind: 'distillation'; temperature: number; teacher?: ArenaSet }
  | { kind: 'logits' };

export interface StepProgram {
  program: Program;
  inputs: StepInputs;
  shape: StepShape;
}

function stepInputs(p: ProgramBuilder, { B, S, T }: StepShape): StepInputs {
  return {
    source: p.input('source', B * S, 'u32'),
    decoderIds: p.input('decoderIds', B * T, 'u32'),
    sourceMask: p.input('sourceMask', B * S),
    decoderMask: p.input('decoderMask', B * T),
    labels: p.input('labels', B * T, 'u32'),
    sourceBuckets: p.input('sourceBuckets', S * S, 'u32'),
    targetBuckets: p.input('targetBuckets', T * T, 'u32'),
    rowLoss: p.output('rowLoss', B * T),
  };
}

function forward(b: Build, inputs: StepInputs, { B, S, T }: StepShape): { encoder: Stack; decoder: Stack } {
  const encoder = stackForward(b, {
    side: 'encoder',
    B,
    T: S,
    ids: inputs.source,
    buckets: inputs.sourceBuckets,
    mask: inputs.sourceMask,
  });
  const decoder = stackForward(b, {
    side: 'decoder',
    B,
    T,
    ids: inputs.decoderIds,
    buckets: inputs.targetBuckets,
    mask: inputs.decoderMask,
    encoded: { states: encoder.output, mask: inputs.sourceMask, S },
  });
  return { encoder, decoder };
}

/** What a program reads, and where gradients go: those of an adapter are its own. */
export interface Arenas {
  weights: ArenaSet;
  gradients?: ArenaSet;
  scalars: View;
  adapters?: readonly LowRank[];
}

function startBuild(
  p: ProgramBuilder,
  config: T5Config,
  arenas: Arenas,
  rate: number,
  checkpoint = false,
): Build {
  const { weights, gradients, scalars, adapters = [] } = arenas;
  let sites = 0;
  return {
    p,
    config,
    weights,
    ...(gradients && { gradients }),
    scalars,
    adapters,
    lowRankProducts: new Map(),
    rate,
    checkpoint,
    nextSite: () => ++sites,
  };
}

/** The logits of other weights, or of another adapter in the place of the one that is trained, without dropout. */
function teacherLogits(b: Build, teacher: ArenaSet, inputs: StepInputs, shape: StepShape): View {
  const { gradients, adapters = [], ...rest } = b;
  const still: Build = {
    ...rest,
    weights: gradients ? teacher : b.weights,
    adapters: adapters.map(({ gradients: trained, dropout: _, ...other }) =>
      trained ? { ...other, weights: teacher } : other,
    ),
    lowRankProducts: new Map(),
    rate: 0,
    checkpoint: false,
  };
  const logits = b.p.scratch('teacher.logits', shape.B * shape.T * b.config.vocabSize);
  logitsOf(still, forward(still, inputs, shape).decoder.output, logits, shape.B * shape.T);
  return logits;
}

function objectiveOf(b: Build, loss: StepLoss, inputs: StepInputs, shape: StepShape): Objective {
  const stored = (): View => (inputs.given = b.p.input('given', shape.B * shape.T * b.config.vocabSize));
  switch (loss.kind) {
    case 'labels':
    case 'sampled':
      return { kind: loss.kind };
    case 'logits':
      return { kind: 'logits', given: stored() };
    case 'distillation': {
      const { kind, temperature, teacher } = loss;
      return { kind, temperature, given: teacher ? teacherLogits(b, teacher, inputs, shape) : stored() };
    }
  }
}

/** Loss and gradients of one batch, added to what `gradients` holds: of all weights, or of those it has. */
export function gradientProgram(
  config: T5Config,
  shape: StepShape,
  o: Arenas & {
    dropout: number;
    loss?: StepLoss;
    /** Activation checkpointing: less memory, one more forward pass through the layers, the same numbers. */
    checkpoint?: boolean;
  },
): StepProgram {
  const { B, S, T } = shape;
  const p = new ProgramBuilder(`gradients ${B}x${S}/${T}`);
  const b = startBuild(p, config, o, o.dropout, o.checkpoint);
  const orders = {
    source: p.input('sourceOrder', B * S, 'u32'),
    target: p.input('targetOrder', B * T, 'u32'),
  };
  const inputs: StepInputs = { ...stepInputs(p, shape), orders };
  const objective = objectiveOf(b, o.loss ?? { kind: 'labels' }, inputs, shape);
  const { encoder, decoder } = forward(b, inputs, shape);
  const encoderNeeds = needsOf(b, 'encoder');
  const decoderNeeds = needsOf(b, 'decoder', encoderNeeds.any);
  const dDecoded = decoderNeeds.any ? p.scratch('decoder.doutput', B * T * config.dModel) : undefined;
  const dEncoded = encoderNeeds.any ? p.scratch('encoder.doutput', B * S * config.dModel) : undefined;
  const loss = { h: decoder.output, labels: inputs.labels, rowLoss: inputs.rowLoss, dh: dDecoded };
  lossAndGradient(b, loss, B * T, objective);
  if (dDecoded) stackBackward(b, decoder, decoderNeeds, dDecoded, orders.target, dEncoded);
  if (dEncoded) stackBackward(b, encoder, encoderNeeds, dEncoded, orders.source);
  return { program: p.build(), inputs, shape };
}

/** Loss of one batch, token by token, without gradients. */
export function lossProgram(config: T5Config, shape: StepShape, o: Arenas): StepProgram {
  const p = new ProgramBuilder(`loss ${shape.B}x${shape.S}/${shape.T}`);
  const b = startBuild(p, config, o, 0);
  const inputs = stepInputs(p, shape);
  const { decoder } = forward(b, inputs, shape);
  const loss = { h: decoder.output, labels: inputs.labels, rowLoss: inputs.rowLoss };
  lossAndGradient(b, loss, shape.B * shape.T);
  return { program: p.build(), inputs, shape };
}

/** Logits of one batch, kept for reading. */
export function logitsProgram(config: T5Config, shape: StepShape, o: Arenas): StepProgram & { logits: View } {
  const p = new ProgramBuilder(`logits ${shape.B}x${shape.S}/${shape.T}`);
  const b = startBuild(p, config, o, 0);
  const inputs = stepInputs(p, shape);
  const rows = shape.B * shape.T;
  const logits = p.output('logits', rows * config.vocabSize);
  logitsOf(b, forward(b, inputs, shape).decoder.output, logits, rows);
  return { program: p.build(), inputs, shape, logits };
}

/** The same with the encoder's output. */
export function inspectionProgram(
  config: T5Config,
  shape: StepShape,
  o: Arenas,
): StepProgram & { encoded: View; logits: View } {
  const { B, S, T } = shape;
  const p = new ProgramBuilder(`inspection ${B}x${S}/${T}`);
  const b = startBuild(p, config, o, 0);
  const inputs = stepInputs(p, shape);
  const { encoder, decoder } = forward(b, inputs, shape);
  const encoded = p.output('encoded', B * S * config.dModel);
  const logits = p.output('logits', B * T * config.vocabSize);
  axpy(p, encoder.output, encoded, encoded.length, 1, 0);
  logitsOf(b, decoder.output, logits, B * T);
  return { program: p.build(), inputs, shape, encoded, logits };
}
