import { describe, expect, it } from 'vitest';
import { parseT5Config } from './config';

describe('parseT5Config', () => {
  it('has the defaults of T5Config', () => {
    expect(parseT5Config({})).toEqual({
      vocabSize: 32128,
      dModel: 512,
      dKv: 64,
      dFf: 2048,
      numLayers: 6,
      numDecoderLayers: 6,
      numHeads: 8,
      relativeAttentionNumBuckets: 32,
      relativeAttentionMaxDistance: 128,
      dropoutRate: 0.1,
      layerNormEpsilon: 1e-6,
      feedForward: 'relu',
      tieWordEmbeddings: true,
      scaleDecoderOutputs: true,
      padTokenId: 0,
      eosTokenId: 1,
      decoderStartTokenId: 0,
    });
  });

  it('reads a FLAN config', () => {
    const flan = {
      model_type: 't5',
      d_ff: 1024,
      num_layers: 8,
      num_heads: 6,
      feed_forward_proj: 'gated-gelu',
      tie_word_embeddings: false,
    };
    expect(parseT5Config(flan)).toMatchObject({
      dFf: 1024,
      numLayers: 8,
      numDecoderLayers: 8,
      numHeads: 6,
      feedForward: 'gated-gelu',
      tieWordEmbeddings: false,
      scaleDecoderOutputs: false,
    });
  });

  // As they are on the Hub, but for what no engine reads: written by old versions, which left much out.
  const old = { model_type: 't5', feed_forward_proj: 'relu', relative_attention_num_buckets: 32 };
  it.each([
    ['t5-small', { d_model: 512, d_kv: 64, d_ff: 2048, num_heads: 8, num_layers: 6 }],
    ['t5-efficient-tiny', { d_model: 256, d_kv: 64, d_ff: 1024, num_heads: 4, num_layers: 4 }],
    ['t5-efficient-mini', { d_model: 384, d_kv: 64, d_ff: 1536, num_heads: 8, num_layers: 4 }],
  ])('reads a config of the kind of %s', (_, sizes) => {
    const extras = { n_positions: 512, is_encoder_decoder: true, use_cache: true, task_specific_params: {} };
    expect(parseT5Config({ ...old, ...sizes, ...extras, num_decoder_layers: null })).toMatchObject({
      dModel: sizes.d_model,
      dKv: sizes.d_kv,
      dFf: sizes.d_ff,
      numHeads: sizes.num_heads,
      numLayers: sizes.num_layers,
      numDecoderLayers: sizes.num_layers,
      feedForward: 'relu',
      tieWordEmbeddings: true,
      scaleDecoderOutputs: true,
      relativeAttentionMaxDistance: 128,
    });
  });

  it('reads what transformers 5 saves of an untied model', () => {
    const saved = { tie_word_embeddings: true, scale_decoder_outputs: false };
    expect(parseT5Config(saved)).toMatchObject({ tieWordEmbeddings: true, scaleDecoderOutputs: false });
  });

  it('takes token ids from the generation config first, and null for absent', () => {
    const config = { pad_token_id: 3, eos_token_id: 4, decoder_start_token_id: null };
    expect(parseT5Config(config)).toMatchObject({ padTokenId: 3, eosTokenId: 4, decoderStartTokenId: 3 });
    expect(parseT5Config(config, { eos_token_id: 7, pad_token_id: null })).toMatchObject({
      eosTokenId: 7,
      padTokenId: 3,
    });
  });

  it.each([
    [null, /config\.json: expected a JSON object/],
    [{ model_type: 'bart' }, /model_type is "bart"/],
    [{ d_model: '512' }, /d_model is "512"; expected a number/],
    [{ num_heads: 0 }, /num_heads is 0; expected a whole number of at least 1/],
    [{ num_layers: 1.5 }, /num_layers is 1\.5/],
    [{ dropout_rate: 1 }, /dropout_rate is 1/],
    [{ relative_attention_num_buckets: 7 }, /relative_attention_num_buckets is 7/],
    [{ feed_forward_proj: 'gated-silu' }, /feed_forward_proj is "gated-silu"/],
    [{ tie_word_embeddings: 'yes' }, /tie_word_embeddings is "yes"/],
  ])('names the field of %j', (config, message) => {
    expect(() => parseT5Config(config)).toThrow(message);
  });

  it('names the generation config', () => {
    expect(() => parseT5Config({}, { eos_token_id: -1 })).toThrow(/generation_config\.json: eos_token_id/);
  });
});
