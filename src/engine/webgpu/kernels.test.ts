import { describe, expect, it } from 'vitest';
import { activation, activationGrad } from '../ops/activation/activation';
import { attention, attentionGrad } from '../ops/attention/attention';
import { crossEntropy } from '../ops/crossEntropy/crossEntropy';
import { embedding, embeddingGrad } from '../ops/embedding/embedding';
import { matmul, rowMajor, transposed } from '../ops/matmul/matmul';
import { rmsNorm, rmsNormGrad } from '../ops/rmsNorm/rmsNorm';
import { clipFactor, fill } from '../ops/vector/vector';
import { opcodes } from '../program/opcodes';
import { ProgramBuilder, whole, type Program, type View } from '../program/program';
import type { Traits } from './kernel';
import { plans } from './kernels';
import { planProgram, type PlannedLaunch } from './load';
import { shaderText } from './wgsl';

const devices: Traits[] = [
  { software: true, swiftShader: true, halves: false, subgroup: 4 },
  { software: true, swiftShader: false, halves: true, subgroup: 0 },
  { software: false, swiftShader: false, halves: false, subgroup: 0 },
  { software: false, swiftShader: false, halves: true, subgroup: 32 },
].map((traits) => ({ ...traits, maxBindingBytes: 2 ** 30 }));

const launchesOf = (program: Program, traits: Traits): PlannedLaunch[] =>
  planProgram(program, traits).steps.filter((step): step is PlannedLaunch => 'request' in step);

interface Sizes {
  rows: number;
  dim: number;
  inner: number;
  dropout: number;
}

/** Every operation whose code depends on more than its name. */
function program({ rows, dim, inner, dropout }: Sizes): Program {
  const p = new ProgramBuilder('all');
  const view = (length: number): View => p.scratch('v', length);
  const scalars = view(64);
  for (const layout of ['NN', 'NT', 'TN', 'TT'])
    for (const residual of [undefined, view(rows * dim)]) {
      const a = rowMajor(view(rows * inner), layout.startsWith('N') ? inner : rows);
      const b = rowMajor(view(dim * inner), layout.endsWith('N') ? dim : inner);
      matmul(
        p,
        scalars,
        layout.startsWith('N') ? a : transposed(a),
        layout.endsWith('N') ? b : transposed(b),
        rowMajor(view(rows * dim), dim),
        { M: rows, N: dim, K: inner, ...(residual && { residual, dropout: { rate: dropout, site: 1 } }) },
      );
    }
  const norm = { x: view(rows * dim), w: view(dim), rstd: view(rows) };
  rmsNorm(p, { ...norm, y: view(rows * dim) }, { rows, dim, epsilon: 1e-6 });
  const grads = { dy: view(rows * dim), dx: view(rows * dim), dw: view(dim) };
  rmsNormGrad(p, { ...norm, ...grads }, { rows, dim, accumulate: rows % 2 === 0 });
  const gated = dim % 3 === 0;
  const act = { rows, dim, gated, dropout, site: 2 };
  const h = view(rows * dim * 2);
  activation(p, { h, scalars, out: view(rows * dim) }, act);
  activationGrad(p, { dOut: view(rows * dim), h, scalars, dh: view(rows * dim * 2) }, act);
  const ids = view(rows);
  const table = { rows, dim, dropout, site: 3 };
  embedding(p, { table: view(dim * 9), ids, scalars, out: view(rows * dim) }, table);
  embeddingGrad(p, { dOut: view(rows * dim), ids, order: view(rows), scalars, dTable: view(9 * dim) }, table);
  crossEntropy(
    p,
    { logits: view(rows * dim), labels: view(rows), scalars, rowLoss: view(rows) },
    { rows, vocab: dim, grad: true },
  );
  clipFactor(p, [view(rows * dim), view(7)], scalars, view(64));
  const width = inner * 6;
  const shape = {
    B: 2,
    H: 2,
    T: rows,
    S: dim,
    dKv: inner,
    rowQ: width,
    offQ: 0,
    rowKv: width,
    offK: 0,
    offV: 2 * inner,
    causal: rows % 2 === 0,
    dropout,
    site: 4,
  };
  const q = view(2 * rows * width);
  const kv = view(2 * dim * width);
  const probs = view(4 * rows * dim);
  attention(p, { q, kv, mask: view(2 * dim), scalars, probs, ctx: view(4 * rows * inner) }, shape);
  attentionGrad(
    p,
    {
      dctx: view(4 * rows * inner),
      q,
      kv,
      probs,
      scalars,
      dScore: view(4 * rows * dim),
      dq: view(2 * rows * width),
      dkv: view(2 * dim * width),
      dBias: view(2 * rows * dim),
    },
    shape,
  );
  return p.build();
}

describe('kernels', () => {
  it('exist for every operation', () => {
    expect(Object.keys(plans).toSorted()).toEqual(Object.keys(opcodes).toSorted());
  });

  it('have one name for one code, whatever the shape', () => {
    for (const traits of devices) {
      const known = new Map<string, string>();
      for (const dropout of [0, 0.1])
        for (const inner of [4, 7, 36, 64, 2048])
          for (const [rows, dim] of [
            [1, 8],
            [3, 5],
            [37, 130],
            [400, 96],
          ] as const)
            for (const { request } of launchesOf(program({ rows, dim, inner, dropout }), traits)) {
              const bound = request.bindings.map(({ name, type, writable }) => `${name}${type}${writable}`);
              const name = [request.operation, request.launch.variant, ...bound].join(' ');
              const code = shaderText(request.launch, request.bindings, request.uniforms);
              expect(known.get(name) ?? code, name).toBe(code);
              known.set(name, code);
            }
    }
  });

  it('never ask for more workgroups along one axis than WebGPU has', () => {
    const p = new ProgramBuilder('large');
    const length = 2 ** 25;
    fill(p, whole({ name: 'x', kind: 'arena', dtype: 'f32', length }), length, 1);
    const [launch] = launchesOf(p.build(), devices[0]!);
    const [x, y] = launch!.grid;
    expect(Math.max(x, y)).toBeLessThanOrEqual(65_535);
    expect(x * y * 64 * 4).toBeGreaterThanOrEqual(length);
  });
});
