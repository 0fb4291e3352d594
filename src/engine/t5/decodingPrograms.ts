/**
 * Programs of generation with a key/value cache: encode once, then one program for each position of the answer.
 * Positions differ only in numbers that are part of the recorded instructions, so nothing is decided on the way.
 */
import { activation } from '../ops/activation/activation';
import { argmax } from '../ops/argmax/argmax';
import { attention } from '../ops/attention/attention';
import { embedding } from '../ops/embedding/embedding';
import { rowMajor } from '../ops/matmul/matmul';
import { positionBias } from '../ops/positionBias/positionBias';
import { ProgramBuilder, viewAlignment, whole, type Program, type View } from '../program/program';
import type { T5Config } from '../types';
import { linear, linearInto, norm, type Build } from './build';
import { logitsOf, lossAndGradient } from './head';
import type { Arenas } from './trainingStep';
import { stackForward } from './stack';

/** What lives from one position to the next, for `rows` answers of at most `length` tokens. */
export interface DecodingState {
  rows: number;
  S: number;
  length: number;
  /** [length + 1, rowsPadded] token ids, position after position; the first is the start token. */
  ids: View;
  rowsPadded: number;
  /** [rows, S] of the source, and [rows, length] ones. */
  sourceMask: View;
  ones: View;
  /** Of each decoder layer: [rows, length, 2·inner] of the answer, [rows, S, 2·inner] of the source. */
  caches: View[];
  crossCaches: View[];
  /** [rows, vocab] of the last position. */
  logits: View;
}

const arena = (name: string, length: number, dtype: 'f32' | 'u32' = 'f32'): View =>
  whole({ name, kind: 'arena', dtype, length });

export function decodingState(
  config: T5Config,
  s: { rows: number; S: number; length: number },
): DecodingState {
  const width = 2 * config.numHeads * config.dKv;
  const rowsPadded = Math.ceil(s.rows / viewAlignment) * viewAlignment;
  const perLayer = (name: string, tokens: number): View[] =>
    Array.from({ length: config.numDecoderLayers }, (_, n) => arena(`${name}${n}`, s.rows * tokens * width));
  return {
    ...s,
    rowsPadded,
    ids: arena('answerIds', (s.length + 1) * rowsPadded, 'u32'),
    sourceMask: arena('answerSourceMask', s.rows * s.S),
    ones: arena('answerOnes', s.rows * s.length),
    caches: perLayer('cache', s.length),
    crossCaches: perLayer('crossCache', s.S),
    logits: arena('answerLogits', s.rows * config.vocabSize),
  };
}

export const stateViews = (s: DecodingState): View[] => [
  s.ids,
  s.sourceMask,
  s.ones,
  ...s.caches,
  ...s.crossCaches,
  s.logits,
];

const startBuild = (p: ProgramBuilder, config: T5Config, arenas: Arenas): Build => ({
  p,
  config,
  ...arenas,
  rate: 0,
  nextSite: () => 0,
});

function at<T>(list: readonly T[], n: number): T {
  const value = list[n];
  if (value === undefined) throw new Error(`no layer ${n}`);
  return value;
}

/** Encodes the sources and fills the cross-attention's caches. */
export function encodeProgram(
  config: T5Config,
  state: DecodingState,
  arenas: Arenas,
): { program: Program; source: View; buckets: View } {
  const { rows, S } = state;
  const p = new ProgramBuilder(`encode ${rows}x${S}`);
  const b = startBuild(p, config, arenas);
  const source = p.input('source', rows * S, 'u32');
  const buckets = p.input('sourceBuckets', S * S, 'u32');
  const inputs = { side: 'encoder', B: rows, T: S, ids: source, buckets, mask: state.sourceMask } as const;
  const { output } = stackForward(b, inputs);
  const width = 2 * config.numHeads * config.dKv;
  state.crossCaches.forEach((kv, n) => {
    linear(b, `decoder.${n}.cross.kv`, output, kv, { rows: rows * S, inputs: config.dModel, outputs: width });
  });
  return { program: p.build(), source, buckets };
}

/**
 * From the ids at position t to the logits of the next token; with `greedy` the likeliest id is put at t + 1.
 * `buckets` is [t + 1], for a query at t.
 */
export function positionProgram(
  config: T5Config,
  state: DecodingState,
  t: number,
  greedy: boolean,
  arenas: Arenas,
): { program: Program; buckets: View } {
  const { rows, rowsPadded, S, length } = state;
  const { dModel, dKv, numHeads: H, dFf } = config;
  const inner = H * dKv;
  const p = new ProgramBuilder(`position ${t} of ${rows}x${S}`);
  const b = startBuild(p, config, arenas);
  const { scalars } = b;
  const buckets = p.input('buckets', t + 1, 'u32');
  const bias = p.scratch('bias', H * (t + 1));
  positionBias(p, { table: b.weights.group('decoder.bias'), buckets, bias }, H, t + 1);
  let h = p.scratch('embedded', rows * dModel);
  const ids = { buffer: state.ids.buffer, offset: t * rowsPadded, length: rows };
  embedding(
    p,
    { table: b.weights.group('shared'), ids, scalars, out: h },
    { rows, dim: dModel, dropout: 0, site: 0 },
  );
  const still = { causal: false, dropout: 0, site: 0 };
  const residual = (key: string, x: View, inputs: number): View => {
    const out = p.scratch(`${key}.h`, rows * dModel);
    linear(b, key, x, out, { rows, inputs, outputs: dModel, residual: h });
    return out;
  };
  for (let n = 0; n < config.numDecoderLayers; n++) {
    const key = `decoder.${n}`;
    const cache = at(state.caches, n);
    const probs = p.scratch('probs', rows * H * (t + 1));
    const ctx = p.scratch('ctx', rows * inner);
    const q = p.scratch('q', rows * inner);
    const x = norm(b, `${key}.self.norm`, h, rows).y;
    linear(b, `${key}.self.qkv`, x, q, { rows, inputs: dModel, outputs: inner });
    // k and v go straight to their place in the cache: row `rows`, position t.
    const place = rowMajor(cache, length * 2 * inner, t * 2 * inner);
    const keysAndValues = { rows, inputs: dModel, first: inner, outputs: 2 * inner };
    linearInto(b, `${key}.self.qkv`, x, place, keysAndValues);
    const heads = {
      B: rows,
      H,
      T: 1,
      dKv,
      rowQ: inner,
      offQ: 0,
      rowKv: 2 * inner,
      offK: 0,
      offV: inner,
      ...still,
    };
    attention(
      p,
      { q, kv: cache, bias, mask: state.ones, scalars, probs, ctx },
      { ...heads, S: t + 1, keyRows: length },
    );
    h = residual(`${key}.self.o`, ctx, inner);
    const crossQ = p.scratch('crossQ', rows * inner);
    const crossProbs = p.scratch('crossProbs', rows * H * S);
    const crossCtx = p.scratch('crossCtx', rows * inner);
    const crossed = norm(b, `${key}.cross.norm`, h, rows).y;
    linear(b, `${key}.cross.q`, crossed, crossQ, { rows, inputs: dModel, outputs: inner });
    attention(
      p,
      {
        q: crossQ,
        kv: at(state.crossCaches, n),
        mask: state.sourceMask,
        scalars,
        probs: crossProbs,
        ctx: crossCtx,
      },
      { ...heads, S },
    );
    h = residual(`${key}.cross.o`, crossCtx, inner);
    const gated = config.feedForward === 'gated-gelu';
    const wide = p.scratch('wide', rows * dFf * (gated ? 2 : 1));
    const active = p.scratch('active', rows * dFf);
    const wi = { rows, inputs: dModel, outputs: gated ? 2 * dFf : dFf };
    linear(b, `${key}.ff.wi`, norm(b, `${key}.ff.norm`, h, rows).y, wide, wi);
    activation(p, { h: wide, scalars, out: active }, { rows, dim: dFf, gated, dropout: 0, site: 0 });
    h = residual(`${key}.ff.wo`, active, dFf);
  }
  logitsOf(b, norm(b, 'decoder.final.norm', h, rows).y, state.logits, rows);
  if (greedy) {
    const next = { buffer: state.ids.buffer, offset: (t + 1) * rowsPadded, length: rows };
    argmax(p, state.logits, next, { rows, dim: config.vocabSize, stride: 1, first: 0 });
  }
  return { program: p.build(), buckets };
}

/** What the host writes before a run of `answerLossProgram`, and reads after it: as in `StepInputs`. */
export interface AnswerLossInputs {
  decoderIds: View;
  decoderMask: View;
  labels: View;
  buckets: View;
  rowLoss: View;
}

/** Loss of given answers of T tokens to the sources that are encoded, token by token. */
export function answerLossProgram(
  config: T5Config,
  { rows: B, S, sourceMask, crossCaches }: DecodingState,
  T: number,
  arenas: Arenas,
): { program: Program; inputs: AnswerLossInputs } {
  const p = new ProgramBuilder(`loss of ${B}x${T} after ${S}`);
  const b = startBuild(p, config, arenas);
  const inputs: AnswerLossInputs = {
    decoderIds: p.input('decoderIds', B * T, 'u32'),
    decoderMask: p.input('decoderMask', B * T),
    labels: p.input('labels', B * T, 'u32'),
    buckets: p.input('targetBuckets', T * T, 'u32'),
    rowLoss: p.output('rowLoss', B * T),
  };
  const { output } = stackForward(b, {
    side: 'decoder',
    B,
    T,
    ids: inputs.decoderIds,
    buckets: inputs.buckets,
    mask: inputs.decoderMask,
    encoded: { keysAndValues: crossCaches, mask: sourceMask, S },
  });
  lossAndGradient(b, { h: output, labels: inputs.labels, rowLoss: inputs.rowLoss }, B * T);
  return { program: p.build(), inputs };
}

/** Copies the rows `index` of one state into another: finished answers dropped, beams put in order. */
export function gatherProgram(
  config: T5Config,
  from: DecodingState,
  to: DecodingState,
  scalars: View,
  parts: { cross: boolean },
): { program: Program; index: View } {
  const p = new ProgramBuilder(`gather ${from.rows} to ${to.rows}`);
  const index = p.input('index', to.rows, 'u32');
  const width = 2 * config.numHeads * config.dKv;
  const rows = (table: View, out: View, dim: number): void => {
    embedding(p, { table, ids: index, scalars, out }, { rows: to.rows, dim, dropout: 0, site: 0 });
  };
  from.caches.forEach((cache, n) => rows(cache, at(to.caches, n), from.length * width));
  if (parts.cross) {
    from.crossCaches.forEach((cache, n) => rows(cache, at(to.crossCaches, n), from.S * width));
    rows(from.sourceMask, to.sourceMask, from.S);
  }
  return { program: p.build(), index };
}
