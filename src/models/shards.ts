import { readSafetensors, type ReadOptions } from './safetensors';
import { ModelError, type FileProgress, type ModelFolder, type NamedTensor } from './types';

/** `model.safetensors.index.json`: which shard holds which tensor. */
export interface ShardIndex {
  file: string;
  /** Tensor name to shard. */
  weightMap: Map<string, string>;
  /** Each shard once, in order. */
  shards: string[];
}

/** @throws ModelError when it is not an index, or names files outside the folder */
export function parseShardIndex(json: unknown, file: string): ShardIndex {
  const map = (json as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw new ModelError('has no "weight_map" of tensor names to shards', file);
  const weightMap = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || !/^[\w.-]+\.safetensors$/.test(shard))
      throw new ModelError(
        `gives tensor "${name}" the shard ${JSON.stringify(shard)}, no safetensors file`,
        file,
      );
    weightMap.set(name, shard);
  }
  return { file, weightMap, shards: [...new Set(weightMap.values())].sort() };
}

/** The tensors of all shards, shard after shard; each must lie in the shard the index says. */
export async function* readShards(
  folder: ModelFolder,
  index: ShardIndex,
  onProgress: ((progress: FileProgress) => void) | undefined,
  options: ReadOptions,
): AsyncGenerator<NamedTensor, void, undefined> {
  const missing = new Map(index.weightMap);
  for (const shard of index.shards) {
    const stream = await folder.open(shard, onProgress);
    if (!stream)
      throw new ModelError(`is named by ${index.file}, but ${folder.label} has no such file`, shard);
    for await (const tensor of readSafetensors(stream, shard, options)) {
      const home = index.weightMap.get(tensor.name);
      if (home !== shard)
        throw new ModelError(
          `tensor "${tensor.name}" lies here, but ${index.file} ${home ? `says ${home}` : 'does not name it'}`,
          shard,
        );
      missing.delete(tensor.name);
      yield tensor;
    }
    for (const [name, home] of missing)
      if (home === shard)
        throw new ModelError(`lacks tensor "${name}", which ${index.file} says it has`, shard);
  }
}
