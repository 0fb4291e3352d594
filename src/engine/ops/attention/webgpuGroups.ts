/**
 * Attention by workgroups, one for four queries of a head: for real GPUs. Scores are spread over the threads by
 * key, results by query and column.
 */
import { divideUp, type Arguments, type Launch, type Traits } from '../../webgpu/kernel';
import { reducer, type Reducer } from '../../webgpu/reduce';
import { accessWgsl, dropScalars, heads, lowest, partsOf, scores, type Parts } from './webgpuParts';

const size = 64;

const begin = (p: Parts): string => `let tiles = (p.T + 3u) / 4u;
let t0 = group % tiles * 4u;
let bh = group / tiles;
let b = bh / p.H;
let h = bh % p.H;
let queries = min(4u, p.T - t0);
${p.drops ? 'let dropped = dropKey();' : ''}`;

/** Row of scores and the places of query `j` of the four. */
const query = `let t = t0 + j;
let row = (bh * p.T + t) * p.S;
let source = (b * p.T + t) * p.rowQ + p.offQ + h * p.dKv;
let context = ((b * p.T + t) * p.H + h) * p.dKv;`;

/** Every thread sums four columns of a query over all keys, in order. */
const overKeys = (offset: string, weight: string, out: string, place: string): string => `
let columns = (p.dKv + 3u) / 4u;
for (var o = lane; o < queries * columns; o += ${size}u) {
  let j = o / columns;
  let d = o % columns * 4u;
  ${query}
  var sum = vec4f();
  for (var s = 0u; s < p.S; s++) {
    sum += ${weight} * kv4((b * p.keyRows + s) * p.rowKv + ${offset} + h * p.dKv, d);
  }
  put_${out}(${place}, d, sum);
}`;

/** One score a key: everything here is read one by one along the keys, so that neighbours read neighbours. */
const scalarScores = (p: Parts): Parts => ({ ...p, vectorS: false });

const keptOne = (p: Parts, value: string, index: string): string =>
  p.drops ? `${value} * kept(dropped, ${index})` : value;

const launch = (
  args: Arguments,
  { name, subgroups }: Reducer,
  l: Omit<Launch, 'size' | 'workgroups' | 'subgroups' | 'variant' | 'uniforms'>,
): Launch => {
  const p = partsOf(args);
  const workgroups = args.int('B') * args.int('H') * divideUp(args.int('T'), 4);
  return { ...l, variant: `groups-${name}-${p.variant}`, uniforms: p.uniforms, size, workgroups, subgroups };
};

/** Over the workgroup, one component a query. */
const queryReducer = (traits: Traits): Reducer => reducer(traits, size, 'vec4f');

export function attentionGroups(args: Arguments, traits: Traits): Launch {
  const p = scalarScores(partsOf(args));
  const all = queryReducer(traits);
  return launch(args, all, {
    uses: [
      heads(p, 'q'),
      heads(p, 'kv'),
      scores(p, 'bias'),
      scores(p, 'mask'),
      ...dropScalars(p),
      { ...scores(p, 'probs'), access: 'update' },
      heads(p, 'ctx'),
    ],
    declarations: () =>
      accessWgsl(p, { headsIn: ['q', 'kv'], headsOut: ['ctx'] }) + all.declarations(['max', 'sum']),
    main: () => `${begin(p)}
var most = vec4f(${lowest});
for (var s = lane; s < p.S; s += ${size}u) {
  let key = (b * p.keyRows + s) * p.rowKv + p.offK + h * p.dKv;
  for (var j = 0u; j < queries; j++) {
    ${query}
    var score = 0.0;
    if (p.hasBias == 1u) { score = bias[(h * p.T + t) * p.S + s]; }
    for (var d = 0u; d < p.dKv; d += 4u) { score += dot(q4(source, d), kv4(key, d)); }
    score = select(${lowest}, score, mask[b * p.S + s] != 0.0 && (s <= t || p.causal == 0u));
    probs[row + s] = score;
    most[j] = max(most[j], score);
  }
}
let top = ${all.reduce('max', 'most')};
var sum = vec4f();
for (var s = lane; s < p.S; s += ${size}u) {
  for (var j = 0u; j < queries; j++) {
    let at = (bh * p.T + t0 + j) * p.S + s;
    let e = exp(max(probs[at] - top[j], -200.0));
    probs[at] = e;
    sum[j] += e;
  }
}
let total = ${all.reduce('sum', 'sum')};
for (var s = lane; s < p.S; s += ${size}u) {
  for (var j = 0u; j < queries; j++) { probs[(bh * p.T + t0 + j) * p.S + s] /= total[j]; }
}
storageBarrier();
${overKeys('p.offV', keptOne(p, 'probs[row + s]', 'row + s'), 'ctx', 'context')}`,
  });
}

export function attentionQueryGradGroups(args: Arguments, traits: Traits): Launch {
  const p = scalarScores(partsOf(args));
  const all = queryReducer(traits);
  return launch(args, all, {
    uses: [
      heads(p, 'dctx'),
      heads(p, 'kv'),
      scores(p, 'probs'),
      ...dropScalars(p),
      { ...scores(p, 'dScore'), access: 'update' },
      heads(p, 'dq'),
    ],
    declarations: () =>
      accessWgsl(p, { headsIn: ['dctx', 'kv'], headsOut: ['dq'] }) + all.declarations(['sum']),
    main: () => `${begin(p)}
var sum = vec4f();
for (var s = lane; s < p.S; s += ${size}u) {
  let value = (b * p.keyRows + s) * p.rowKv + p.offV + h * p.dKv;
  for (var j = 0u; j < queries; j++) {
    ${query}
    var product = 0.0;
    for (var d = 0u; d < p.dKv; d += 4u) { product += dot(dctx4(context, d), kv4(value, d)); }
    let dP = ${keptOne(p, 'product', 'row + s')};
    dScore[row + s] = dP;
    sum[j] += dP * probs[row + s];
  }
}
let total = ${all.reduce('sum', 'sum')};
for (var s = lane; s < p.S; s += ${size}u) {
  for (var j = 0u; j < queries; j++) {
    let at = (bh * p.T + t0 + j) * p.S + s;
    dScore[at] = probs[at] * (dScore[at] - total[j]);
  }
}
storageBarrier();
${overKeys('p.offK', 'dScore[row + s]', 'dq', 'source')}`,
  });
}

/** A thread for four columns of a key or value; all are independent. */
export function attentionKeyValueGradGroups(args: Arguments): Launch {
  const p = scalarScores(partsOf(args));
  const columns = divideUp(args.int('dKv'), 4);
  const outputs = args.int('B') * args.int('H') * args.int('S') * columns;
  return {
    variant: `groups-${p.variant}`,
    uniforms: [...p.uniforms, { name: 'outputs', type: 'u32', value: outputs }],
    size,
    workgroups: divideUp(2 * outputs, size),
    uses: [
      heads(p, 'dctx'),
      heads(p, 'q'),
      scores(p, 'probs'),
      scores(p, 'dScore'),
      ...dropScalars(p),
      heads(p, 'dkv'),
    ],
    declarations: () => accessWgsl(p, { headsIn: ['dctx', 'q'], headsOut: ['dkv'] }),
    main: () => `let id = group * ${size}u + lane;
if (id >= 2u * p.outputs) { return; }
let o = id % p.outputs;
let columns = (p.dKv + 3u) / 4u;
let d = o % columns * 4u;
let s = o / columns % p.S;
let bh = o / columns / p.S;
let b = bh / p.H;
let h = bh % p.H;
${p.drops ? 'let dropped = dropKey();' : ''}
let at = (b * p.keyRows + s) * p.rowKv + h * p.dKv;
var sum = vec4f();
if (id < p.outputs) {
  for (var t = 0u; t < p.T; t++) {
    sum += dScore[(bh * p.T + t) * p.S + s] * q4((b * p.T + t) * p.rowQ + p.offQ + h * p.dKv, d);
  }
  put_dkv(at + p.offK, d, sum);
} else {
  for (var t = 0u; t < p.T; t++) {
    let i = (bh * p.T + t) * p.S + s;
    sum += ${keptOne(p, 'probs[i]', 'i')} * dctx4(((b * p.T + t) * p.H + h) * p.dKv, d);
  }
  put_dkv(at + p.offV, d, sum);
}`,
  };
}
