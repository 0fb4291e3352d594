/** Attention with position bias, mask and dropout as kernels of TensorFlow.js. */
import type { Tensor } from '@tensorflow/tfjs';
import type { View } from '../../program/program';
import { call, type Kernel, type KernelBuilder } from '../../tfjs/kernel';
import { checkDropout, type DropoutOptions } from '../dropout/tfjs';
import { fill } from '../vector/vector';
import { attention as emitAttention, attentionGrad, type AttentionShape } from './attention';

type Settings = { heads: number; causal: boolean; rate: number; bias: boolean };

/** Where queries, keys and values lie: all in one tensor, or keys and values in another. */
interface Layout {
  q: View;
  kv: View;
  shape: AttentionShape;
}

function layoutOf(k: KernelBuilder, { heads: H, causal, rate }: Settings): Layout {
  const together = k.has('qkv');
  const [B = 1, T = 1, row = 1] = k.shape(together ? 'qkv' : 'q');
  const inner = together ? row / 3 : row;
  const q = k.input(together ? 'qkv' : 'q');
  const kv = together ? q : k.input('kv');
  const shape: AttentionShape = {
    B,
    H,
    T,
    S: together ? T : k.shape('kv')[1]!,
    dKv: inner / H,
    rowQ: row,
    offQ: 0,
    rowKv: together ? row : 2 * inner,
    offK: together ? inner : 0,
    offV: together ? 2 * inner : inner,
    causal,
    dropout: rate,
    site: 0,
  };
  return { q, kv, shape };
}

function maskOf(k: KernelBuilder, length: number): View {
  if (k.has('mask')) return k.input('mask');
  const mask = k.p.scratch('mask', length);
  fill(k.p, mask, length, 1);
  return mask;
}

const grad: Kernel<Settings> = {
  name: 'LetheAttentionGrad',
  build(k, settings) {
    const { q, kv, shape } = layoutOf(k, settings);
    const { B, H, T, S } = shape;
    const together = q === kv;
    const dq = k.result('dq', k.shape(together ? 'qkv' : 'q'));
    const views = {
      dctx: k.input('dy'),
      q,
      kv,
      probs: k.input('probs'),
      scalars: k.numbers,
      dScore: k.p.scratch('dScore', B * H * T * S),
      dq,
      dkv: together ? dq : k.result('dkv', k.shape('kv')),
      ...(settings.bias && { dBias: k.result('dBias', [H, T, S]) }),
    };
    attentionGrad(k.p, views, shape);
  },
};

function forward(name: string, operands: readonly string[]): Kernel<Settings> {
  return {
    name,
    build(k, settings) {
      const { q, kv, shape } = layoutOf(k, settings);
      const { B, H, T, S, dKv } = shape;
      const views = {
        q,
        kv,
        ...(settings.bias && { bias: k.input('bias') }),
        mask: maskOf(k, B * S),
        scalars: k.numbers,
        ctx: k.result('ctx', [B, T, H * dKv]),
        probs: k.result('probs', [B, H, T, S]),
      };
      emitAttention(k.p, views, shape);
    },
    gradient: {
      inputs: operands,
      results: [false, true],
      of([dy], saved, attributes, numbers) {
        const inputs = Object.fromEntries(operands.map((operand, i) => [operand, saved[i]!]));
        const probs = saved[operands.length]!;
        const grads = call(grad, { dy: dy!, ...inputs, probs }, attributes, numbers);
        // Each is the tape's to dispose of.
        return Object.fromEntries([...operands, 'bias'].map((name, i) => [name, () => grads[i]!.clone()]));
      },
    },
  };
}

const cross = forward('LetheAttention', ['q', 'kv']);
const self = forward('LetheSelfAttention', ['qkv']);

export const attentionKernels = [cross, self, grad];

export interface AttentionOptions {
  heads: number;
  /** [heads, T, S], added to the scores; shared by all examples. */
  bias?: Tensor;
  /** [B, S], 1 for a key that may be attended and 0 for one that may not. */
  mask?: Tensor;
  /** Keys after the query are masked too. */
  causal?: boolean;
  /** Of the probabilities. */
  dropout?: DropoutOptions;
}

/**
 * Attention as T5 has it: no 1/√d. Scores of masked keys are the most negative float, so that a row without any key
 * left attends to all alike, as in transformers.
 * @param q [B, T, heads·dKv]
 * @param kv [B, S, 2·heads·dKv], keys and values side by side, as one matmul makes them
 * @returns [B, T, heads·dKv]: `dropout(softmax(q·kᵀ + bias))·v`
 * @throws RangeError when the shapes don't fit
 * @see Vaswani et al. 2017; Raffel et al. 2020
 */
export function attention(q: Tensor, kv: Tensor, options: AttentionOptions): Tensor {
  const [B, T = 0, inner = 0] = q.shape;
  const [batch, S = 0, both = 0] = kv.shape;
  if (q.rank !== 3 || kv.rank !== 3 || B !== batch || both !== 2 * inner)
    throw new RangeError(`attention: q is [${q.shape.join(', ')}], kv [${kv.shape.join(', ')}]`);
  return run(cross, { q, kv }, { B: q.shape[0], T, S, inner }, options);
}

/**
 * `attention` of a sequence to itself.
 * @param qkv [B, T, 3·heads·dKv], queries, keys and values side by side
 * @returns [B, T, heads·dKv]
 * @throws RangeError when the shapes don't fit
 */
export function selfAttention(qkv: Tensor, options: AttentionOptions): Tensor {
  const [B = 0, T = 0, row = 0] = qkv.shape;
  if (qkv.rank !== 3 || row % 3 !== 0)
    throw new RangeError(`selfAttention: qkv is [${qkv.shape.join(', ')}], which has no three parts`);
  return run(self, { qkv }, { B, T, S: T, inner: row / 3 }, options);
}

function run(
  kernel: Kernel<Settings>,
  operands: Record<string, Tensor>,
  { B, T, S, inner }: { B: number; T: number; S: number; inner: number },
  { heads, bias, mask, causal = false, dropout = {} }: AttentionOptions,
): Tensor {
  const { rate, seed } = checkDropout(dropout);
  if (!Number.isInteger(heads) || heads < 1 || inner % heads !== 0)
    throw new RangeError(`attention: ${inner} columns for ${heads} heads`);
  const fits = (name: string, tensor: Tensor | undefined, shape: number[]): void => {
    if (tensor && tensor.shape.join() !== shape.join())
      throw new RangeError(
        `attention: the ${name} is [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`,
      );
  };
  fits('bias', bias, [heads, T, S]);
  fits('mask', mask, [B, S]);
  const inputs = { ...operands, ...(bias && { bias }), ...(mask && { mask }) };
  const settings = { heads, causal, rate, bias: bias !== undefined };
  const [ctx, probs] = call(kernel, inputs, settings, { dropoutSeed: seed });
  probs!.dispose();
  return ctx!;
}
