import { readJson } from './bytes';
import { readSafetensors, type ReadOptions } from './safetensors';
import { parseShardIndex, readShards } from './shards';
import { ModelError, type FileProgress, type ModelFolder, type NamedTensor } from './types';

/** A Hugging Face folder, opened: its JSON files parsed, its weights ready to stream. */
export interface OpenedModel {
  config: unknown;
  generation?: unknown;
  tokenizer: unknown;
  tokenizerConfig?: unknown;
  /** The weights as float32, one at a time, in file order. */
  tensors(): AsyncIterable<NamedTensor>;
  /** Ends the download of weights that nobody is going to read. */
  close(): Promise<void>;
}

/**
 * Opens a folder as `save_pretrained` writes it: `config.json`, `tokenizer.json`, and `model.safetensors`
 * alone or in shards.
 * @param onProgress hears of each file as its bytes arrive
 * @throws ModelError that says which file is missing or broken, and what to do about it
 */
export async function openModel(
  folder: ModelFolder,
  onProgress?: (progress: FileProgress) => void,
  options: ReadOptions = {},
): Promise<OpenedModel> {
  const described = await readDescription(folder, onProgress);
  const weights = await openWeights(folder, onProgress, options);
  return { ...described, ...weights };
}

/** What a folder says of its model in JSON, without its weights. */
export type ModelDescription = Omit<OpenedModel, 'tensors' | 'close'>;

/**
 * Reads a folder's JSON files and makes sure that there are weights of a kind that is read here; they stay where
 * they are.
 * @throws ModelError as `openModel` does
 */
export async function describeModel(folder: ModelFolder): Promise<ModelDescription> {
  const described = await readDescription(folder);
  if (!(await has(folder, singleFile)) && !(await has(folder, shardIndex)))
    throw new ModelError(await withoutWeights(folder));
  return described;
}

async function readDescription(
  folder: ModelFolder,
  onProgress?: (progress: FileProgress) => void,
): Promise<ModelDescription> {
  const json = async (path: string): Promise<unknown> => {
    const content = await folder.open(path, onProgress);
    return content ? await readJson(content, path) : undefined;
  };
  const config = await json('config.json');
  if (config === undefined)
    throw new ModelError(`${folder.label} has no config.json; it is not a Hugging Face model folder`);
  const tokenizer = await json('tokenizer.json');
  if (tokenizer === undefined) throw new ModelError(await withoutTokenizer(folder));
  const generation = await json('generation_config.json');
  const tokenizerConfig = await json('tokenizer_config.json');
  return {
    config,
    ...(generation === undefined ? {} : { generation }),
    tokenizer,
    ...(tokenizerConfig === undefined ? {} : { tokenizerConfig }),
  };
}

const singleFile = 'model.safetensors';
const shardIndex = 'model.safetensors.index.json';

async function openWeights(
  folder: ModelFolder,
  onProgress: ((progress: FileProgress) => void) | undefined,
  options: ReadOptions,
): Promise<Pick<OpenedModel, 'tensors' | 'close'>> {
  let opened = await folder.open(singleFile, onProgress);
  if (opened)
    return {
      async *tensors() {
        // The stream opened above serves the first reader; later ones open their own.
        const stream = opened ?? (await folder.open(singleFile, onProgress));
        opened = null;
        if (!stream) throw new ModelError(`${folder.label} no longer has it`, singleFile);
        yield* readSafetensors(stream, singleFile, options);
      },
      async close() {
        const unread = opened?.[Symbol.asyncIterator]();
        opened = null;
        await unread?.return?.();
      },
    };
  const indexContent = await folder.open(shardIndex, onProgress);
  if (!indexContent) throw new ModelError(await withoutWeights(folder));
  const index = parseShardIndex(await readJson(indexContent, shardIndex), shardIndex);
  return { tensors: () => readShards(folder, index, onProgress, options), close: () => Promise.resolve() };
}

const resave =
  'in Python: AutoModelForSeq2SeqLM.from_pretrained(folder).save_pretrained(new_folder, safe_serialization=True)';

async function withoutWeights(folder: ModelFolder): Promise<string> {
  for (const path of ['pytorch_model.bin', 'pytorch_model.bin.index.json'])
    if (await has(folder, path))
      return `${folder.label} has its weights only as a PyTorch pickle (${path}), which can run code and is not read here; save them as safetensors, ${resave}`;
  for (const path of ['tf_model.h5', 'flax_model.msgpack'])
    if (await has(folder, path))
      return `${folder.label} has its weights only as ${path}; save them as safetensors, ${resave}`;
  return `${folder.label} has no model.safetensors (nor model.safetensors.index.json with its shards)`;
}

async function withoutTokenizer(folder: ModelFolder): Promise<string> {
  if (await has(folder, 'spiece.model'))
    return `${folder.label} has its tokenizer only as spiece.model; make a tokenizer.json, in Python: AutoTokenizer.from_pretrained(folder, use_fast=True).save_pretrained(folder)`;
  return `${folder.label} has no tokenizer.json; put the one that belongs to the model beside it, in Python: AutoTokenizer.from_pretrained(name).save_pretrained(folder)`;
}

/** Whether a file is there, without its content. */
async function has(folder: ModelFolder, path: string): Promise<boolean> {
  // Only used to word an error: a file that can't be asked for counts as absent.
  const content = await folder.open(path).catch(() => null);
  if (!content) return false;
  await content[Symbol.asyncIterator]().return?.();
  return true;
}
