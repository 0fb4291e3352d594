import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../../../tests/engine/backends';
import * as stockAttention from '../ops/attention/stock';
import * as stockLoss from '../ops/crossEntropy/stock';
import * as stockNorm from '../ops/rmsNorm/stock';
import { expectClose } from '../testing';
import {
  adamw,
  adamwState,
  clipFactor,
  dropout,
  embedding,
  feedForwardActivation,
  indices,
  labels,
  matmul,
  registerLetheKernels,
  rmsNorm,
  selfAttention,
  tiedCrossEntropy,
  type LetheKernels,
} from './index';
import { openBackend } from './testing/backend';
import { noiseTensor } from './testing/property';

const [rows, dim, vocab] = [6, 8, 12];
const ids = Array.from({ length: rows }, (_, i) => (i * i) % vocab);

describe.each(backends)('kernels of TensorFlow.js on %s', (backend) => {
  let kernels: LetheKernels;
  beforeAll(async () => {
    kernels = await openBackend(backend);
  });

  /** A layer of a model, in which our operations and TensorFlow.js's own follow one another. */
  function ours(table: tf.Tensor, qkv: tf.Tensor, scale: tf.Tensor): tf.Scalar {
    const h = embedding(table, indices(ids));
    const x = rmsNorm(h.mul(1.5), scale, 1e-3);
    const context = selfAttention(matmul(x, qkv).expandDims(0).add(0.1), { heads: 2 });
    const out = matmul(context.squeeze([0]).mul(2), tf.eye(dim), { residual: h });
    return tiedCrossEntropy(out.sub(0.2), table, labels(ids)).mean();
  }

  function stock(table: tf.Tensor, qkv: tf.Tensor, scale: tf.Tensor): tf.Scalar {
    const h = tf.concat(ids.map((id) => table.slice([id, 0], [1, dim])));
    const x = stockNorm.rmsNorm(h.mul(1.5), scale, 1e-3);
    const parts = tf.split(x.matMul(qkv).expandDims(0).add(0.1), 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const none = { heads: 2, causal: false, dropout: { rate: 0, seed: 0 } };
    const out = stockAttention
      .attention(...parts, none)
      .squeeze([0])
      .mul(2)
      .add(h);
    return stockLoss.tiedCrossEntropy(out.sub(0.2), table, tf.tensor(ids, [rows], 'int32'), 1).mean();
  }

  const weights = (): tf.Tensor[] => [
    noiseTensor([vocab, dim], 1),
    noiseTensor([dim, 3 * dim], 2),
    noiseTensor([dim], 3),
  ];

  it('run in order with its own operations, in a layer and its gradients', async () => {
    const [got, expected] = [ours, stock].map((f) => tf.tidy(() => tf.valueAndGrads(f as never)(weights())));
    for (const [a, b] of [
      [got!.value, expected!.value],
      ...got!.grads.map((grad, i) => [grad, expected!.grads[i]!]),
    ] as [tf.Tensor, tf.Tensor][])
      expectClose(await a.data(), await b.data(), 2e-5);
    tf.dispose([got!, expected!] as never);
  });

  it('train: the loss falls, bytes repeat, and neither tensors nor programs pile up', async () => {
    const train = async (steps: number): Promise<{ losses: number[]; held: number[][] }> => {
      const initial = weights();
      const variables = initial.map((tensor) => tf.variable(tensor));
      tf.dispose(initial);
      const states = variables.map((variable) => adamwState(variable));
      const losses: number[] = [];
      const held: number[][] = [];
      for (let step = 1; step <= steps; step++) {
        const { value, grads } = tf.variableGrads(() =>
          ours(...(variables as tf.Tensor[] as [tf.Tensor, tf.Tensor, tf.Tensor])),
        );
        const gradients = variables.map((variable) => grads[variable.name]!);
        const clip = clipFactor(gradients, 1);
        variables.forEach((variable, i) => {
          adamw(variable, gradients[i]!, states[i]!, step, { learningRate: 0.02, clip });
        });
        losses.push((await value.data())[0]!);
        tf.dispose([value, clip, ...gradients]);
        const { bytes, buffers, programs } = kernels.memory();
        held.push([tf.memory().numTensors, bytes, buffers, programs]);
      }
      tf.dispose([...variables, ...states.flatMap(({ m, v }) => [m, v])]);
      return { losses, held };
    };
    const before = tf.memory().numTensors;
    const [first, second] = [await train(6), await train(6)];
    expect(first.losses.at(-1)).toBeLessThan(0.8 * first.losses[0]!);
    expect(second.losses).toEqual(first.losses);
    expect(first.held.slice(1)).toEqual(Array.from({ length: 5 }, () => first.held[0]));
    expect(second.held[0]).toEqual(first.held[0]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('make the same bytes every time, and other masks with another seed', async () => {
    const x = tf.ones([50]);
    const results = [1, 1, 2].map((seed) => dropout(x, { rate: 0.5, seed }));
    const [a, b, c] = await Promise.all(results.map((result) => result.data()));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    tf.dispose([x, ...results]);
  });

  it('refuse what does not fit, with its shapes', () => {
    tf.tidy(() => {
      const x = tf.ones([2, 3]);
      expect(() => rmsNorm(x, tf.ones([2]))).toThrow(/\[2, 3\].*2 elements/);
      expect(() => matmul(x, x)).toThrow(/inner axes differ/);
      expect(() => matmul(x, x, { transposeB: true, residual: x })).toThrow(/not \[2, 2\]/);
      expect(() => selfAttention(tf.ones([1, 2, 6]), { heads: 3 })).toThrow(/2 columns for 3 heads/);
      expect(() => feedForwardActivation(x, true)).toThrow(/no two halves/);
      expect(() => embedding(x, indices([2]))).toThrow(/id 2 of a table of 2/);
      expect(() => indices([1, -100])).toThrow(/index 1 is -100/);
      expect(() => tiedCrossEntropy(x, x, labels([1]))).toThrow(/the labels \[1\]/);
      expect(() => dropout(x, { rate: 1 })).toThrow(/not in \[0, 1\)/);
      expect(() => rmsNorm(x, tf.ones([3], 'bool'))).toThrow(/weight is bool/);
      expect(() => dropout(tf.zeros([0]), {})).toThrow(/no elements/);
    });
  });

  it('say so on a backend that lacks them', async () => {
    await tf.setBackend('cpu');
    expect(() => tf.tidy(() => dropout(tf.ones([1]), {}))).toThrow(/registerLetheKernels\('cpu'\)/);
    await tf.setBackend(backend);
  });

  it('keep no more programs than they may, and free all of them', async () => {
    kernels.dispose();
    const few = await registerLetheKernels(backend, { cache: { programs: 3 }, wasm: { threads: 1 } });
    const rounds = [1, 2].map(() => {
      for (const length of [1, 2, 3, 4, 5]) tf.tidy(() => dropout(tf.ones([length]), {}));
      return few.memory();
    });
    expect(rounds[0]!.programs).toBe(3);
    expect(rounds[1]).toEqual(rounds[0]);
    few.dispose();
    expect(few.memory()).toEqual({ bytes: 0, buffers: 0, programs: 0 });
    expect(() => tf.tidy(() => dropout(tf.ones([1]), {}))).toThrow(/registerLetheKernels/);
  });
});
