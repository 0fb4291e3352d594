/** PyTorch on the CPU of this machine: the command runs it, and the page asks for its figures. */
import type { Batch } from '../../src/engine/types';
import type { Peer, PeerModel, PeerModelSpec } from './peer';

export interface TorchModel extends PeerModel {
  /** Milliseconds a step, over `steps` steps, by its own clock. */
  time: (batch: Batch, steps: number) => Promise<number>;
}

/** Config under the names of Hugging Face. */
function configOf({ config, dropout }: PeerModelSpec): Record<string, unknown> {
  return {
    vocab_size: config.vocabSize,
    d_model: config.dModel,
    d_kv: config.dKv,
    d_ff: config.dFf,
    num_layers: config.numLayers,
    num_decoder_layers: config.numDecoderLayers,
    num_heads: config.numHeads,
    relative_attention_num_buckets: config.relativeAttentionNumBuckets,
    relative_attention_max_distance: config.relativeAttentionMaxDistance,
    dropout_rate: dropout,
    layer_norm_epsilon: config.layerNormEpsilon,
    feed_forward_proj: config.feedForward,
    tie_word_embeddings: config.tieWordEmbeddings,
    pad_token_id: config.padTokenId,
    eos_token_id: config.eosTokenId,
    decoder_start_token_id: config.decoderStartTokenId,
  };
}

const batchOf = ({ rows, source, sourceMask, labels }: Batch): Record<string, unknown> => ({
  rows,
  source: [...source],
  sourceMask: [...sourceMask],
  labels: [...labels],
});

interface Answer {
  milliseconds: number;
  loss: number;
  gradients: Record<string, number[]>;
}

/** Larger models are trained from PyTorch's own random weights: their time does not depend on them. */
const most = 1e7;

async function ask(request: Record<string, unknown>): Promise<Answer> {
  if (!window.torch) throw new Error('there is no PyTorch here');
  return JSON.parse(await window.torch(JSON.stringify(request))) as Answer;
}

export const torchCpu = {
  name: 'torch-cpu',
  async open(spec: PeerModelSpec): Promise<TorchModel> {
    const numbers = spec.weights.reduce((sum, { data }) => sum + data.length, 0);
    const weights =
      numbers > most ? [] : spec.weights.map(({ name, shape, data }) => ({ name, shape, data: [...data] }));
    const { threads, learningRate } = spec;
    await ask({ open: { config: configOf(spec), weights, threads, learningRate } });
    return {
      async lossAndGradients(batch) {
        const { loss, gradients } = await ask({ gradients: batchOf(batch) });
        const found = Object.entries(gradients).map(
          ([name, data]) => [name, Float32Array.from(data)] as const,
        );
        return { loss, gradients: new Map(found) };
      },
      async time(batch, steps) {
        return (await ask({ steps, batch: batchOf(batch) })).milliseconds;
      },
      async step(batch) {
        await ask({ steps: 1, batch: batchOf(batch) });
      },
      finish: () => Promise.resolve(),
      dispose: () => undefined,
    };
  },
} satisfies Peer;
