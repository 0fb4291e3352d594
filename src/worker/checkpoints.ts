/**
 * Checkpoints of a run: a Hugging Face folder with, beside it, what going on from it needs. A checkpoint after
 * each stage stays; of those within a stage only the latest does.
 */
import { DivergedError } from '../continual/lossQueue';
import type { CheckpointPlace } from '../continual/observer';
import type { RunState } from '../continual/run';
import { huggingFaceFolder, type CheckpointParts } from '../models/huggingFace';
import { readSafetensors, writeSafetensors, type TensorSource } from '../models/safetensors';
import type { NamedTensor, OutgoingFile } from '../models/types';
import { ADAPTERS, byAge, checkpointMeta, type CheckpointMeta } from '../run/checkpoint';
import { checkpointFolder, type Store } from '../store/store';

const OPTIMIZER = 'optimizer.safetensors';
const METHOD = 'method.safetensors';
export const STATE = 'state.json';
/** What an export leaves out. */
export const ownFiles: ReadonlySet<string> = new Set([OPTIMIZER, METHOD, ADAPTERS, STATE]);

export interface CheckpointContent {
  parts: CheckpointParts;
  state: RunState;
  /** Absent where a fresh optimiser follows. */
  optimizer?: AsyncIterable<NamedTensor>;
  method?: AsyncIterable<NamedTensor>;
  adapters?: AsyncIterable<NamedTensor>;
}

/** What a run goes on from. */
export interface RestoredCheckpoint {
  state: RunState;
  optimizer: NamedTensor[];
  method: NamedTensor[];
  adapters: NamedTensor[];
}

/** `stage-2`, or `latest` for the one within a stage. */
export const checkpointName = (place: CheckpointPlace): string =>
  place.kind === 'stage' ? `stage-${place.stage}` : 'latest';

/** Keeps a checkpoint whole or not at all. */
export async function keepCheckpoint(
  store: Store,
  place: CheckpointPlace,
  content: CheckpointContent,
): Promise<{ checkpointId: string; bytes: number }> {
  const { record } = content.state;
  const checkpointId = checkpointName(place);
  const meta: CheckpointMeta = {
    runId: record.id,
    checkpointId,
    place: place.kind,
    stage: place.stage,
    step: place.step,
    runName: record.name,
  };
  const folder = checkpointFolder(record.id, checkpointId);
  const files = filesOf(content, place.step);
  const { bytes } = await store.folders.keep(folder, 'checkpoint', files, { ...meta });
  // The end of a stage makes what was kept within it worthless.
  if (place.kind === 'stage') await store.folders.remove(checkpointFolder(record.id, 'latest'));
  return { checkpointId, bytes };
}

async function* filesOf(
  { parts, optimizer, method, adapters, state }: CheckpointContent,
  step: number,
): AsyncGenerator<OutgoingFile, void, undefined> {
  yield* huggingFaceFolder({ ...parts, tensors: finite(parts.tensors, step) });
  if (optimizer) yield await tensorFile(OPTIMIZER, optimizer);
  if (method) yield await tensorFile(METHOD, method);
  if (adapters) yield await tensorFile(ADAPTERS, adapters);
  yield { path: STATE, content: new TextEncoder().encode(JSON.stringify(state)) };
}

/** Weights that are no numbers never replace a good checkpoint. */
function finite(source: TensorSource, step: number): TensorSource {
  const announced = 'shapes' in source ? source : { shapes: [...source], tensors: source };
  return {
    shapes: announced.shapes,
    tensors: (async function* () {
      for await (const tensor of announced.tensors) {
        const bad = tensor.data.find((value) => !Number.isFinite(value));
        if (bad !== undefined) throw new DivergedError(step - 1, bad, 'weights');
        yield tensor;
      }
    })(),
  };
}

async function tensorFile(path: string, tensors: AsyncIterable<NamedTensor>): Promise<OutgoingFile> {
  const list: NamedTensor[] = [];
  for await (const tensor of tensors) list.push(tensor);
  return { path, content: writeSafetensors(list) };
}

/** The checkpoints of a run that were not set aside as damaged, oldest first. */
export async function checkpointsOf(store: Store, runId: string): Promise<CheckpointMeta[]> {
  const folders = await store.folders.list('checkpoint');
  return folders
    .map((folder) => checkpointMeta(folder.meta))
    .filter((meta): meta is CheckpointMeta => meta?.runId === runId && meta.damaged === undefined)
    .sort(byAge);
}

/**
 * @param breathe called as the tensors are read; may wait, and throws to break off
 * @throws StoreError when a file of it is missing or damaged
 */
export async function readCheckpoint(
  store: Store,
  runId: string,
  checkpointId: string,
  breathe: () => Promise<void>,
): Promise<RestoredCheckpoint> {
  const folder = checkpointFolder(runId, checkpointId);
  const manifest = await store.folders.manifest(folder);
  const tensors = async (path: string): Promise<NamedTensor[]> => {
    const list: NamedTensor[] = [];
    if (!manifest?.files.some((file) => file.path === path)) return list;
    for await (const tensor of readSafetensors(store.folders.read(folder, path), path)) {
      list.push(tensor);
      await breathe();
    }
    return list;
  };
  const state = parseState(await store.folders.readWhole(folder, STATE));
  return {
    state,
    optimizer: await tensors(OPTIMIZER),
    method: await tensors(METHOD),
    adapters: await tensors(ADAPTERS),
  };
}

export function parseState(bytes: Uint8Array): RunState {
  const state = JSON.parse(new TextDecoder().decode(bytes)) as RunState;
  // Widened, since a page of another version may have written it.
  if ((state.version as number) !== 1) {
    throw new Error(`The checkpoint was written by another version of this page (format ${state.version}).`);
  }
  return state;
}
