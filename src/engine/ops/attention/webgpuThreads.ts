/**
 * Attention by threads that work alone, each on four queries (or keys) of a head: for software adapters, where a
 * number read from memory costs more than a multiplication and barriers are dear. Blocks of four queries and four
 * keys make sixteen products of eight reads.
 */
import { divideUp, type Arguments, type Launch } from '../../webgpu/kernel';
import {
  accessWgsl,
  dropScalars,
  expWgsl,
  heads,
  kept,
  lines,
  lowest,
  notLater,
  partsOf,
  scores,
  times,
  type Parts,
} from './webgpuParts';

const size = 4;
const lane = (i: number): string => 'xyzw'.charAt(i);

/** Four queries of head h of example b; those beyond the last repeat it and are not written. */
const begin = (p: Parts): string => `let tile = group * ${size}u + lane;
let tiles = (p.T + 3u) / 4u;
if (tile >= p.B * p.H * tiles) { return; }
let t0 = tile % tiles * 4u;
let bh = tile / tiles;
let b = bh / p.H;
let h = bh % p.H;
${p.drops ? 'let dropped = dropKey();' : ''}
${lines(
  4,
  (j) => `let t${j}_ = min(t0 + ${j}u, p.T - 1u);
let row${j} = (bh * p.T + t${j}_) * p.S;
let query${j} = (b * p.T + t${j}_) * p.rowQ + p.offQ + h * p.dKv;
let context${j} = ((b * p.T + t${j}_) * p.H + h) * p.dKv;`,
)}`;

const keys = (offset: string): string =>
  lines(
    4,
    (i) => `let at${i} = (b * p.keyRows + min(s + ${i}u, p.S - 1u)) * p.rowKv + ${offset} + h * p.dKv;`,
  );

/** Products of four rows of `left` with four keys, as a0 .. a3, each over the keys. */
const products = (left: string, row: string): string => `
${lines(4, (j) => `var a${j} = vec4f();`)}
for (var d = 0u; d < p.dKv; d += 4u) {
${lines(4, (i) => `let k${i} = kv4(at${i}, d);`)}
${lines(4, (j) => `let l${j} = ${left}4(${row}${j}, d);`)}
${lines(4, (j) => `a${j} += vec4f(dot(l${j}, k0), dot(l${j}, k1), dot(l${j}, k2), dot(l${j}, k3));`)}
}`;

/** Adds weight[i] times row i of four rows to `sum<of>_u`; `rows` are expressions for the rows' fours. */
const accumulate = (
  p: Parts,
  of: number,
  weight: (i: number) => string,
  rows: (i: number, u: number) => string,
): string =>
  lines(
    p.chunk,
    (u) =>
      `sum${of}_${u} += ${times(4)
        .map((i) => `${weight(i)} * ${rows(i, u)}`)
        .join(' + ')};`,
  );

const zeroSums = (p: Parts): string =>
  times(4)
    .flatMap((j) => times(p.chunk).map((u) => `var sum${j}_${u} = vec4f();`))
    .join('\n');

/** Stores the sums of rows 0 .. 3 where they exist. */
const storeSums = (p: Parts, name: string, row: string, exists: (j: number) => string): string =>
  lines(
    4,
    (j) => `if (${exists(j)}) {
${lines(p.chunk, (u) => `if (c + ${4 * u}u < p.dKv) { put_${name}(${row}${j}, c + ${4 * u}u, sum${j}_${u}); }`)}
}`,
  );

/** For each part of the columns: Σ_s weight·key or value, stored in `out`. */
const overKeys = (
  p: Parts,
  offset: string,
  weight: (j: number) => string,
  out: string,
  row: string,
): string => `
for (var c = 0u; c < p.dKv; c += ${4 * p.chunk}u) {
${zeroSums(p)}
for (var s = 0u; s < p.S; s += 4u) {
${keys(offset)}
${times(4)
  .flatMap((i) => times(p.chunk).map((u) => `let x${i}_${u} = kv4(at${i}, min(c + ${4 * u}u, p.dKv - 1u));`))
  .join('\n')}
${lines(4, (j) => `let w${j} = ${weight(j)};`)}
${lines(4, (j) =>
  accumulate(
    p,
    j,
    (i) => `w${j}.${lane(i)}`,
    (i, u) => `x${i}_${u}`,
  ),
)}
}
${storeSums(p, out, row, (j) => `t0 + ${j}u < p.T`)}
}`;

const launch = (args: Arguments, l: Omit<Launch, 'size' | 'workgroups' | 'variant' | 'uniforms'>): Launch => {
  const p = partsOf(args);
  const tiles = args.int('B') * args.int('H') * divideUp(args.int('T'), 4);
  return {
    ...l,
    variant: `threads-${p.variant}`,
    uniforms: p.uniforms,
    size,
    workgroups: divideUp(tiles, size),
  };
};

export function attentionThreads(args: Arguments): Launch {
  const p = partsOf(args);
  const valid = p.vectorS
    ? (x: string): string => x
    : (x: string): string => `select(vec4f(), ${x}, vec4u(s) + vec4u(0u, 1u, 2u, 3u) < vec4u(p.S))`;
  return launch(args, {
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
      expWgsl +
      accessWgsl(p, {
        headsIn: ['q', 'kv'],
        headsOut: ['ctx'],
        scoresIn: ['bias', 'mask', 'probs'],
        scoresOut: ['probs'],
      }),
    // The sum of exponentials is kept relative to the largest score so far.
    main: () => `${begin(p)}
${lines(4, (j) => `var most${j} = ${lowest};\nvar total${j} = 0.0;`)}
for (var s = 0u; s < p.S; s += 4u) {
${keys('p.offK')}
${products('q', 'query')}
let open = mask4(b * p.S, s) != vec4f();
${lines(
  4,
  (j) => `{
  if (p.hasBias == 1u) { a${j} += bias4((h * p.T + t${j}_) * p.S, s); }
  let a = select(vec4f(${lowest}), a${j}, open & ${notLater('s', `t${j}_`)});
  if (t0 + ${j}u < p.T) { put_probs(row${j}, s, a); }
  let most = max(most${j}, max(max(a.x, a.y), max(a.z, a.w)));
  let e = ${valid('exp4(a - most)')};
  total${j} = total${j} * exp(max(most${j} - most, -200.0)) + dot(e, vec4f(1.0));
  most${j} = most;
}`,
)}
}
for (var s = 0u; s < p.S; s += 4u) {
${lines(4, (j) => `if (t0 + ${j}u < p.T) { put_probs(row${j}, s, exp4(probs4(row${j}, s) - most${j}) / total${j}); }`)}
}
${overKeys(p, 'p.offV', (j) => kept(p, `probs4(row${j}, s)`, `row${j} + s`), 'ctx', 'context')}`,
  });
}

export function attentionQueryGradThreads(args: Arguments): Launch {
  const p = partsOf(args);
  return launch(args, {
    uses: [
      heads(p, 'dctx'),
      heads(p, 'kv'),
      scores(p, 'probs'),
      ...dropScalars(p),
      { ...scores(p, 'dScore'), access: 'update' },
      heads(p, 'dq'),
    ],
    declarations: () =>
      accessWgsl(p, {
        headsIn: ['dctx', 'kv'],
        headsOut: ['dq'],
        scoresIn: ['probs', 'dScore'],
        scoresOut: ['dScore'],
      }),
    main: () => `${begin(p)}
${lines(4, (j) => `var total${j} = 0.0;`)}
for (var s = 0u; s < p.S; s += 4u) {
${keys('p.offV')}
${products('dctx', 'context')}
${lines(
  4,
  (j) => `{
  let d = ${kept(p, `a${j}`, `row${j} + s`)};
  total${j} += dot(d, probs4(row${j}, s));
  if (t0 + ${j}u < p.T) { put_dScore(row${j}, s, d); }
}`,
)}
}
for (var s = 0u; s < p.S; s += 4u) {
${lines(4, (j) => `if (t0 + ${j}u < p.T) { put_dScore(row${j}, s, probs4(row${j}, s) * (dScore4(row${j}, s) - total${j})); }`)}
}
${overKeys(p, 'p.offK', (j) => `dScore4(row${j}, s)`, 'dq', 'query')}`,
  });
}

/** Half of the threads sum keys' gradients, half values'. */
export function attentionKeyValueGradThreads(args: Arguments): Launch {
  const p = partsOf(args);
  const chunks = divideUp(divideUp(args.int('dKv'), 4), p.chunk);
  const tiles = args.int('B') * args.int('H') * divideUp(args.int('S'), 4) * chunks;
  const overQueries = (of: string, place: (t: string) => string, weight: string, offset: string): string => `
for (var t = 0u; t < p.T; t += 4u) {
${lines(
  4,
  (j) => `let t${j}_ = min(t + ${j}u, p.T - 1u);
let row${j} = (bh * p.T + t${j}_) * p.S;
let w${j} = select(vec4f(), ${weight.replaceAll('ROW', `row${j}`)}, t + ${j}u < p.T);
${lines(p.chunk, (u) => `let x${j}_${u} = ${of}4(${place(`t${j}_`)}, min(c + ${4 * u}u, p.dKv - 1u));`)}`,
)}
${lines(4, (i) =>
  accumulate(
    p,
    i,
    (j) => `w${j}.${lane(i)}`,
    (j, u) => `x${j}_${u}`,
  ),
)}
}
${lines(4, (i) => `let at${i} = (b * p.keyRows + min(s + ${i}u, p.S - 1u)) * p.rowKv + ${offset} + h * p.dKv;`)}
${storeSums(p, 'dkv', 'at', (i) => `s + ${i}u < p.S`)}`;
  return {
    variant: `threads-${p.variant}`,
    uniforms: [
      ...p.uniforms,
      { name: 'tiles', type: 'u32', value: tiles },
      { name: 'chunks', type: 'u32', value: chunks },
    ],
    size,
    workgroups: divideUp(2 * tiles, size),
    uses: [
      heads(p, 'dctx'),
      heads(p, 'q'),
      scores(p, 'probs'),
      scores(p, 'dScore'),
      ...dropScalars(p),
      heads(p, 'dkv'),
    ],
    declarations: () =>
      accessWgsl(p, { headsIn: ['dctx', 'q'], headsOut: ['dkv'], scoresIn: ['probs', 'dScore'] }),
    main: () => `let id = group * ${size}u + lane;
if (id >= 2u * p.tiles) { return; }
let tile = id % p.tiles;
let blocks = (p.S + 3u) / 4u;
let s = tile % blocks * 4u;
let c = tile / blocks % p.chunks * ${4 * p.chunk}u;
let bh = tile / (blocks * p.chunks);
let b = bh / p.H;
let h = bh % p.H;
${p.drops ? 'let dropped = dropKey();' : ''}
${zeroSums(p)}
if (id < p.tiles) {
${overQueries('q', (t) => `(b * p.T + ${t}) * p.rowQ + p.offQ + h * p.dKv`, 'dScore4(ROW, s)', 'p.offK')}
} else {
${overQueries('dctx', (t) => `((b * p.T + ${t}) * p.H + h) * p.dKv`, kept(p, 'probs4(ROW, s)', 'ROW + s'), 'p.offV')}
}`,
  };
}
