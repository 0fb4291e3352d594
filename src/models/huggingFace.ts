import { writeSafetensors, type TensorSource, type WriteDtype } from './safetensors';
import type { NamedTensor, OutgoingFile } from './types';

export interface CheckpointParts {
  /** The model's own config.json; every field of it is kept. */
  config: unknown;
  tokenizer: unknown;
  tokenizerConfig?: unknown;
  generation?: unknown;
  /** Weights under their Hugging Face names. */
  tensors: TensorSource;
  /** F32 unless said otherwise. */
  dtype?: WriteDtype;
}

const shared = 'shared.weight';
const head = 'lm_head.weight';
/** Other names of the one embedding; transformers ties them again when it loads. */
const aliases = new Set(['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight']);

/**
 * The files of a checkpoint that transformers loads with `from_pretrained`. The embedding is written once.
 * Files come one at a time, the weights as a stream.
 */
export async function* huggingFaceFolder(
  parts: CheckpointParts,
): AsyncGenerator<OutgoingFile, void, undefined> {
  const dtype = parts.dtype ?? 'F32';
  const tensors = withoutAliases(parts.tensors);
  yield await Promise.resolve(jsonFile('config.json', checkpointConfig(parts.config, tensors.shapes, dtype)));
  if (parts.generation !== undefined) yield jsonFile('generation_config.json', parts.generation);
  yield jsonFile('tokenizer.json', parts.tokenizer);
  if (parts.tokenizerConfig !== undefined) yield jsonFile('tokenizer_config.json', parts.tokenizerConfig);
  yield { path: 'model.safetensors', content: writeSafetensors(tensors, { format: 'pt' }, dtype) };
}

/**
 * The config that goes with these weights: the original's fields, and those that must say what is in the
 * file. The head is tied exactly when the file has none of its own.
 */
export function checkpointConfig(
  original: unknown,
  shapes: { name: string; shape: number[] }[],
  dtype: WriteDtype = 'F32',
): Record<string, unknown> {
  const config = { ...(original as Record<string, unknown>) };
  const name = dtype === 'F32' ? 'float32' : 'float16';
  const tied = !shapes.some((tensor) => tensor.name === head);
  const scaled = config['scale_decoder_outputs'] ?? config['tie_word_embeddings'] !== false;
  const embedding = shapes.find((tensor) => tensor.name === shared);
  return {
    ...config,
    model_type: config['model_type'] ?? 't5',
    architectures: config['architectures'] ?? ['T5ForConditionalGeneration'],
    ...(embedding ? { vocab_size: embedding.shape[0] } : {}),
    tie_word_embeddings: tied,
    // Readers scale decoder outputs exactly when the head is tied, unless this field says otherwise.
    ...(scaled === tied ? {} : { scale_decoder_outputs: scaled }),
    torch_dtype: name,
    // transformers 5 reads this name instead.
    ...('dtype' in config ? { dtype: name } : {}),
  };
}

interface Announced {
  shapes: { name: string; shape: number[] }[];
  tensors: AsyncIterable<NamedTensor>;
}

function withoutAliases(source: TensorSource): Announced {
  const list = 'shapes' in source ? source : { shapes: [...source], tensors: source };
  const hasShared = list.shapes.some((tensor) => tensor.name === shared);
  const drop = (name: string) => hasShared && aliases.has(name);
  return {
    shapes: list.shapes.filter((tensor) => !drop(tensor.name)),
    tensors: (async function* () {
      for await (const tensor of list.tensors) if (!drop(tensor.name)) yield tensor;
    })(),
  };
}

function jsonFile(path: string, value: unknown): OutgoingFile {
  return { path, content: new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`) };
}
