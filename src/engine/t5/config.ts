import type { T5Config } from '../types';

type Json = Record<string, unknown>;

/**
 * Reads the settings that the engine needs from `config.json` of a T5 in Hugging Face layout (and
 * `generation_config.json`, which wins for the ids it names). Absent settings have the defaults of T5Config.
 * @throws Error that names the field and says what was expected
 * @see Hugging Face transformers, configuration_t5.py
 */
export function parseT5Config(configJson: unknown, generationJson?: unknown): T5Config {
  const config = asObject(configJson, 'config.json');
  const generation = generationJson === undefined ? {} : asObject(generationJson, 'generation_config.json');
  const type = config['model_type'];
  if (type !== undefined && type !== 't5' && type !== 'mt5')
    throw new Error(`config.json: model_type is ${JSON.stringify(type)}; expected "t5"`);

  const count = (field: string, fallback: number) => integer(config, field, fallback, 1, 'config.json');
  const share = (field: string, fallback: number, below: number) => {
    const value = number(config, field, fallback);
    if (value < 0 || value >= below)
      throw new Error(`config.json: ${field} is ${value}; expected a number from 0 to below ${below}`);
    return value;
  };
  const id = (field: string, fallback: number) =>
    field in generation && generation[field] !== null
      ? integer(generation, field, fallback, 0, 'generation_config.json')
      : integer(config, field, fallback, 0, 'config.json');

  const numLayers = count('num_layers', 6);
  const padTokenId = id('pad_token_id', 0);
  const tied = flag(config, 'tie_word_embeddings', true);
  const buckets = count('relative_attention_num_buckets', 32);
  if (buckets < 4 || buckets % 2 !== 0)
    throw new Error(
      `config.json: relative_attention_num_buckets is ${buckets}; expected an even number of at least 4`,
    );
  return {
    vocabSize: count('vocab_size', 32128),
    dModel: count('d_model', 512),
    dKv: count('d_kv', 64),
    dFf: count('d_ff', 2048),
    numLayers,
    numDecoderLayers: count('num_decoder_layers', numLayers),
    numHeads: count('num_heads', 8),
    relativeAttentionNumBuckets: buckets,
    relativeAttentionMaxDistance: count('relative_attention_max_distance', 128),
    dropoutRate: share('dropout_rate', 0.1, 1),
    layerNormEpsilon: share('layer_norm_epsilon', 1e-6, 1),
    feedForward: feedForward(config['feed_forward_proj'] ?? 'relu'),
    tieWordEmbeddings: tied,
    // transformers 5 forces tie_word_embeddings and says in a field of its own whether outputs are scaled.
    scaleDecoderOutputs: flag(config, 'scale_decoder_outputs', tied),
    padTokenId,
    eosTokenId: id('eos_token_id', 1),
    decoderStartTokenId: id('decoder_start_token_id', padTokenId),
  };
}

function asObject(value: unknown, file: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${file}: expected a JSON object`);
  return value as Json;
}

/** Null stands for absent, as Hugging Face writes it. */
function number(json: Json, field: string, fallback: number, file = 'config.json'): number {
  const value = json[field] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Error(`${file}: ${field} is ${JSON.stringify(value)}; expected a number`);
  return value;
}

function integer(json: Json, field: string, fallback: number, least: number, file: string): number {
  const value = number(json, field, fallback, file);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${file}: ${field} is ${value}; expected a whole number of at least ${least}`);
  return value;
}

function flag(json: Json, field: string, fallback: boolean): boolean {
  const value = json[field] ?? fallback;
  if (typeof value !== 'boolean')
    throw new Error(`config.json: ${field} is ${JSON.stringify(value)}; expected true or false`);
  return value;
}

function feedForward(value: unknown): T5Config['feedForward'] {
  if (value === 'relu') return 'relu';
  // "gated-gelu" stands for the tanh approximation, in transformers as well.
  if (value === 'gated-gelu' || value === 'gated-gelu_new') return 'gated-gelu';
  throw new Error(
    `config.json: feed_forward_proj is ${JSON.stringify(value)}; expected "relu" or "gated-gelu"`,
  );
}
