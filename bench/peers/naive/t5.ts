/**
 * A T5 as one would write it in TensorFlow.js: an operation for each line of the paper, gradients by the tape. Hidden
 * states are [rows·length, dModel] throughout, so that linear layers are plain products.
 */
import * as tf from '@tensorflow/tfjs';
import * as names from '../../../src/engine/t5/names';
import type { T5Config } from '../../../src/engine/types';

/** By the names of Hugging Face; weights of linear layers are stored [inputs, outputs]. */
export type Variables = ReadonlyMap<string, tf.Variable>;

/** What the host prepares of a batch. */
export interface Inputs {
  rows: number;
  /** [B·S] and [B·T] token ids. */
  source: tf.Tensor1D;
  decoderIds: tf.Tensor1D;
  /** [B·T] labels, −1 where there is none, and 1 or 0 for whether one counts. */
  labels: tf.Tensor1D;
  counted: tf.Tensor1D;
  /** Added to scores: [B, 1, 1, S] for padding, [1, 1, T, T] for what comes later. */
  sourceMask: tf.Tensor4D;
  causalMask: tf.Tensor4D;
  /** [S·S] and [T·T] buckets of relative positions. */
  sourceBuckets: tf.Tensor1D;
  targetBuckets: tf.Tensor1D;
}

/** Added to the scores of what must not be seen. */
export const hidden = -1e9;

export class NaiveT5 {
  constructor(
    private readonly config: T5Config,
    private readonly variables: Variables,
    private readonly dropout: number,
  ) {}

  /** Mean loss of the tokens that count, in nats. */
  loss(inputs: Inputs): tf.Scalar {
    const { source, decoderIds, sourceMask, causalMask } = inputs;
    const encoderBias = this.positionBias('encoder', inputs.sourceBuckets);
    const encoded = this.stack('encoder', inputs.rows, source, encoderBias.add(sourceMask));
    const decoderBias = this.positionBias('decoder', inputs.targetBuckets);
    const decoded = this.stack('decoder', inputs.rows, decoderIds, decoderBias.add(causalMask), {
      states: encoded,
      mask: sourceMask,
    });
    const { config } = this;
    const scaled = config.scaleDecoderOutputs ? decoded.mul(config.dModel ** -0.5) : decoded;
    const logits: tf.Tensor2D = config.tieWordEmbeddings
      ? tf.matMul(scaled, this.weight(names.SHARED), false, true)
      : tf.matMul(scaled, this.weight(names.HEAD));
    const expected = tf.oneHot(inputs.labels, config.vocabSize).cast('float32');
    return tf.losses.softmaxCrossEntropy(expected, logits, inputs.counted);
  }

  private weight(name: string): tf.Variable {
    const found = this.variables.get(name);
    if (!found) throw new Error(`no variable ${name}`);
    return found;
  }

  private drop<T extends tf.Tensor>(x: T): T {
    if (this.dropout === 0) return x;
    // `tf.dropout` draws its numbers with a slower generator and takes three operations more.
    const kept = 1 / (1 - this.dropout);
    const mask = Float32Array.from({ length: x.size }, () => (Math.random() < this.dropout ? 0 : kept));
    return x.mul(tf.tensor(mask, x.shape));
  }

  private norm(x: tf.Tensor, name: string): tf.Tensor {
    const variance = x.square().mean(-1, true);
    return x.mul(variance.add(this.config.layerNormEpsilon).rsqrt()).mul(this.weight(name));
  }

  private linear(x: tf.Tensor, name: string): tf.Tensor {
    return tf.matMul(x, this.weight(name));
  }

  /** [1, heads, length, length] */
  private positionBias(side: names.Stack, buckets: tf.Tensor1D): tf.Tensor {
    const length = Math.sqrt(buckets.size);
    const rows = tf.gather(this.weight(names.positionBiasTable(side)), buckets);
    return rows.reshape([length, length, this.config.numHeads]).transpose([2, 0, 1]).expandDims(0);
  }

  /** [B·length, heads·dKv] → [B, heads, length, dKv] */
  private heads(x: tf.Tensor, rows: number): tf.Tensor {
    return x.reshape([rows, -1, this.config.numHeads, this.config.dKv]).transpose([0, 2, 1, 3]);
  }

  /** @param added to the scores: position bias and mask */
  private attention(
    rows: number,
    x: tf.Tensor,
    states: tf.Tensor,
    added: tf.Tensor,
    key: names.AttentionNames,
  ): tf.Tensor {
    const q = this.heads(this.linear(x, key.q), rows);
    const k = this.heads(this.linear(states, key.k), rows);
    const v = this.heads(this.linear(states, key.v), rows);
    const scores = tf.matMul(q, k, false, true).add(added);
    const context = tf.matMul(this.drop(tf.softmax(scores)), v).transpose([0, 2, 1, 3]);
    return this.linear(context.reshape([-1, this.config.numHeads * this.config.dKv]), key.o);
  }

  private feedForward(x: tf.Tensor, side: names.Stack, block: number): tf.Tensor {
    const key = names.feedForward(side, block);
    const wide =
      this.config.feedForward === 'relu'
        ? tf.relu(this.linear(x, key.wi))
        : gelu(this.linear(x, key.wi0)).mul(this.linear(x, key.wi1));
    return this.linear(this.drop(wide), key.wo);
  }

  private stack(
    side: names.Stack,
    rows: number,
    ids: tf.Tensor1D,
    added: tf.Tensor,
    encoded?: { states: tf.Tensor; mask: tf.Tensor },
  ): tf.Tensor {
    const { numLayers, numDecoderLayers } = this.config;
    let h: tf.Tensor = this.drop(tf.gather(this.weight(names.SHARED), ids));
    for (let block = 0; block < (side === 'encoder' ? numLayers : numDecoderLayers); block++) {
      const self = names.selfAttention(side, block);
      const x = this.norm(h, self.norm);
      h = h.add(this.drop(this.attention(rows, x, x, added, self)));
      if (encoded) {
        const cross = names.crossAttention(block);
        const y = this.attention(rows, this.norm(h, cross.norm), encoded.states, encoded.mask, cross);
        h = h.add(this.drop(y));
      }
      const { norm } = names.feedForward(side, block);
      h = h.add(this.drop(this.feedForward(this.norm(h, norm), side, block)));
    }
    return this.drop(this.norm(h, names.finalNorm(side)));
  }
}

/** The tanh approximation. */
function gelu(x: tf.Tensor): tf.Tensor {
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(0.5).mul(inner.tanh().add(1));
}
