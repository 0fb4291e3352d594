/** The adapters of a checkpoint as PEFT keeps them. */
import { stackMatrices } from '../engine/adapters/stack';
import { adapterFiles } from '../models/peft';
import { readSafetensors } from '../models/safetensors';
import type { NamedTensor, OutgoingFile } from '../models/types';
import type { ModelSource, RunConfig } from '../run/config';
import { ADAPTERS, adapterFile } from '../run/checkpoint';
import { adapterEachTask, type LoraConfig } from '../run/lora';
import { checkpointFolder, type Store } from '../store/store';
import { parseState, STATE } from './checkpoints';

/** What PEFT is told of the model that an adapter goes beside. */
function nameOf(model: ModelSource): string | null {
  if (model.source === 'bundled') return model.name;
  return model.source === 'folder' ? model.path : null;
}

/** Ends of module names, `q` or `wi_0`, as the model has them. */
function targetsOf(tensors: readonly NamedTensor[]): string[] {
  const ends = tensors.map(({ name }) => /([^.]+)\.lora_[AB]\.weight$/.exec(name)?.[1] ?? '');
  return [...new Set(ends)].filter((end) => end !== '');
}

function folderOf(
  lora: LoraConfig,
  model: ModelSource,
  /** How many adapters of the run's rank these are, stacked. */
  stacked: number,
  tensors: readonly NamedTensor[],
): OutgoingFile[] {
  const { rank, alpha, dropout } = lora;
  // Both grow alike, so that the scaling stays.
  const sizes = { rank: stacked * rank, alpha: stacked * alpha };
  const settings = { ...sizes, dropout, targets: targetsOf(tensors), rankStabilized: false };
  return adapterFiles(settings, nameOf(model), tensors);
}

/**
 * The files of a run's adapters: one folder's, or one folder a task. Those that answer together are one adapter of
 * all their ranks.
 * @param stages by stage, from 1, the matrices that its adapter has
 */
export function peftFiles(
  { lora, method, model, plan }: Pick<RunConfig, 'lora' | 'method' | 'model' | 'plan'>,
  stages: ReadonlyMap<number, readonly NamedTensor[]>,
): OutgoingFile[] {
  if (!lora || stages.size === 0) throw new Error('This run trained no adapter.');
  if (!adapterEachTask({ lora, method }))
    return folderOf(lora, model, stages.size, stackMatrices([...stages.values()]));
  return [...stages].flatMap(([stage, tensors]) =>
    folderOf(lora, model, 1, tensors).map(({ path, content }) => ({
      path: `${plan.stages[stage - 1]?.task ?? stage}/${path}`,
      content,
    })),
  );
}

/** The matrices of a checkpoint by stage, and the config of its run. @throws Error where it has no adapter */
export async function adaptersOfCheckpoint(
  store: Store,
  runId: string,
  checkpointId: string,
): Promise<{ config: RunConfig; stages: Map<number, NamedTensor[]> }> {
  const folder = checkpointFolder(runId, checkpointId);
  const manifest = await store.folders.manifest(folder);
  if (!manifest) throw new Error('This checkpoint is no longer kept in this browser.');
  if (!adapterFile(manifest))
    throw new Error('This run trained all weights: its checkpoints have no adapter.');
  const { record } = parseState(await store.folders.readWhole(folder, STATE));
  const stages = new Map<number, NamedTensor[]>();
  for await (const tensor of readSafetensors(store.folders.read(folder, ADAPTERS), ADAPTERS)) {
    const [, stage, name] = /^stage-(\d+)\/(.+)$/.exec(tensor.name) ?? [];
    if (stage === undefined || name === undefined) throw new Error(`${tensor.name} is of no adapter`);
    const members = stages.get(Number(stage)) ?? [];
    members.push({ ...tensor, name });
    stages.set(Number(stage), members);
  }
  return { config: record.config, stages };
}
