/**
 * Measures the checkpoints of a run when a person asks for it: where a stage changed the weights, and how the models
 * between two checkpoints score. What is found is kept in the record of the run.
 */
import { type RunControl, StopSignal } from '../continual/control';
import { evaluateTask } from '../continual/evaluate';
import { prepareTask, type PreparedTask } from '../continual/prepare';
import { plannedTasks } from '../continual/record';
import type { RunState } from '../continual/run';
import { openModel } from '../models/load';
import { keptFolder } from '../models/folder';
import type { ModelFolder, NamedTensor } from '../models/types';
import { checkpointMeta } from '../run/checkpoint';
import type { RunConfig } from '../run/config';
import { adapterEachTask } from '../run/lora';
import type { Interpolation, RunResult, WeightChange } from '../run/result';
import { checkpointFolder, type Store } from '../store/store';
import { folderOf } from './modelSource';
import type { Measurement } from './protocol';
import type { Services, TrainingModel } from './services';

export interface MeasuringParts {
  services: Services;
  store: Store;
  baseUrl: string;
  control: RunControl;
}

/** Most places between two checkpoints that a record keeps. */
const MOST_POINTS = 101;

/**
 * @returns the record with what was measured; when it is stopped, with what there was by then
 * @throws Error when the run, or a checkpoint that is needed, is not kept, or each task has its own adapter
 */
export async function measure(runId: string, wanted: Measurement, parts: MeasuringParts): Promise<RunResult> {
  const record = await recordOf(runId, parts.store);
  // R is scored with the adapter of each task; one model for all tasks is something else.
  if (adapterEachTask(record.config))
    throw new Error('Each task of the run has an adapter of its own, so there is no one model to measure.');
  if (!record.bands.some(({ stage }) => stage === wanted.stage))
    throw new Error(`The run has no stage ${wanted.stage}.`);
  if (wanted.of === 'weights') {
    const [before, after] = await ends(record, wanted.stage, parts);
    const breathe = breathing(parts);
    let tensors: WeightChange['tensors'];
    try {
      tensors = await changes(await tensorsOf(before), await tensorsOf(after), breathe);
    } catch (error) {
      if (!(error instanceof StopSignal)) throw error;
      return record;
    }
    const change: WeightChange = { stage: wanted.stage, tensors };
    await keep(runId, parts.store, (kept) => {
      kept.weightChanges = [...(kept.weightChanges ?? []).filter((c) => c.stage !== wanted.stage), change];
    });
  } else {
    await interpolate(record, wanted, parts);
  }
  return await recordOf(runId, parts.store);
}

async function recordOf(runId: string, store: Store): Promise<RunResult> {
  const record = await store.runs.get(runId);
  if (!record) throw new Error('This run is no longer kept in this browser.');
  return record;
}

/** Changes the record as it is in the store now: its name may have been changed meanwhile. */
async function keep(runId: string, store: Store, change: (record: RunResult) => void): Promise<void> {
  const record = await recordOf(runId, store);
  change(record);
  await store.runs.put(record);
}

/**
 * Gives a checkpoint's state what has been measured on its run since it was written. Only of stages that were over by
 * then: later ones are trained anew.
 */
export function carryMeasured(kept: RunResult, { record, stagesTrained }: RunState): void {
  const over = ({ stage }: { stage: number }): boolean => stage <= stagesTrained;
  if (kept.weightChanges) record.weightChanges = kept.weightChanges.filter(over);
  if (kept.interpolations) record.interpolations = kept.interpolations.filter(over);
}

/** The run that keeps the end of a stage: this one, or for what lies before a fork the one that it came from. */
async function keeperOf(record: RunResult, stage: number, store: Store): Promise<string> {
  let now = record;
  for (;;) {
    const { fork } = now.config;
    if (!fork || (await store.folders.manifest(checkpointFolder(now.id, `stage-${stage}`)))) return now.id;
    const at = await store.folders.manifest(checkpointFolder(fork.runId, fork.checkpointId));
    // Later stages of the other run are another way than this one's.
    if ((checkpointMeta(at?.meta ?? {})?.stage ?? 0) < stage) return now.id;
    const parent = await store.runs.get(fork.runId);
    if (!parent) return fork.runId;
    now = parent;
  }
}

/** The folders of the weights before and after a stage. */
async function ends(
  record: RunResult,
  stage: number,
  { store, baseUrl }: MeasuringParts,
): Promise<[ModelFolder, ModelFolder]> {
  const kept = async (s: number): Promise<ModelFolder> => {
    const folder = checkpointFolder(await keeperOf(record, s, store), `stage-${s}`);
    return await keptFolder(store.folders, folder, `the checkpoint after stage ${s}`);
  };
  const before =
    stage === 1
      ? await folderOf(record.config.model, store, baseUrl, (message) => console.warn(message))
      : await kept(stage - 1);
  return [before, await kept(stage)];
}

async function tensorsOf(folder: ModelFolder): Promise<AsyncIterable<NamedTensor>> {
  return (await openModel(folder)).tensors();
}

/**
 * ‖after − before‖ and ‖before‖ of each tensor that both have, summed in double precision.
 * @param breathe called between tensors; may wait, and throws to break off
 * @throws Error when a tensor has another size after than before
 */
export async function changes(
  before: AsyncIterable<NamedTensor>,
  after: AsyncIterable<NamedTensor>,
  breathe: () => Promise<void> = () => Promise.resolve(),
): Promise<WeightChange['tensors']> {
  const first = new Map<string, Float32Array>();
  for await (const { name, data } of before) {
    await breathe();
    first.set(name, data);
  }
  const found: WeightChange['tensors'] = [];
  for await (const { name, data } of after) {
    await breathe();
    const old = first.get(name);
    if (!old) continue;
    if (old.length !== data.length)
      throw new Error(`${name} has ${old.length} numbers before the stage and ${data.length} after it.`);
    let [change, norm] = [0, 0];
    for (let i = 0; i < data.length; i++) {
      const was = old[i] ?? 0;
      change += ((data[i] ?? 0) - was) ** 2;
      norm += was ** 2;
    }
    found.push({ name, change: Math.sqrt(change), norm: Math.sqrt(norm) });
  }
  return found;
}

type Points = Interpolation['points'];

async function interpolate(
  record: RunResult,
  { stage, alphas }: Measurement & { of: 'mixes' },
  parts: MeasuringParts,
): Promise<void> {
  const { services, store, control } = parts;
  const known = record.interpolations?.find((found) => found.stage === stage)?.points ?? [];
  const missing = [...new Set(alphas)].filter((alpha) => !known.some((point) => point.alpha === alpha));
  if (missing.some((alpha) => !(alpha >= 0 && alpha <= 1))) throw new Error('α lies between 0 and 1.');
  if (known.length + missing.length > MOST_POINTS)
    throw new Error(`At most ${MOST_POINTS} places between two checkpoints are kept.`);
  if (missing.length === 0) return;
  const [before, after] = await ends(record, stage, parts);
  await services.openDevice(record.config.backend);
  // All weights are mixed, whatever the run trained: its checkpoints have adapters added up.
  const { lora: _lora, ...config } = record.config;
  const whole: RunConfig = { ...config, method: { name: 'sequential' } };
  const breathe = breathing(parts);
  let model: TrainingModel | null = null;
  try {
    model = await services.openModel(after, whole, () => {
      // Thrown into the stream, which ends the reading.
      if (control.stopping) throw new StopSignal();
    });
    const { weights, sets } = model.learner;
    const from = sets.create('before the stage');
    const to = sets.create('after the stage');
    sets.copy(weights, to);
    from.load(await likeSet(to.tensors(), await tensorsOf(before)));
    const tasks = await tasksOf(record, model, parts, breathe);
    const lost = services.deviceLost().then((reason): never => {
      throw new Error(`${reason} What was scored by then is kept.`);
    });
    for (const alpha of missing) {
      sets.interpolate(from, to, alpha, weights);
      const scores = await Promise.race([scoresOf(record, model, tasks, breathe), lost]);
      await keep(record.id, store, (kept) => addPoint(kept, stage, { alpha, scores }));
    }
  } catch (error) {
    if (!(error instanceof StopSignal)) throw error;
  } finally {
    model?.dispose();
  }
}

/** Lets messages in, and hears of a stop. */
const breathing =
  ({ services, control }: MeasuringParts) =>
  async (): Promise<void> => {
    await services.yieldToHost();
    if (control.stopping) throw new StopSignal();
  };

function addPoint(record: RunResult, stage: number, point: Points[number]): void {
  const all = (record.interpolations ??= []);
  const own = all.find((found) => found.stage === stage);
  if (own) own.points.push(point);
  else all.push({ stage, points: [point] });
}

/** Those of the tensors that a set has, which is what training moves. */
async function likeSet(
  set: AsyncIterable<NamedTensor>,
  tensors: AsyncIterable<NamedTensor>,
): Promise<NamedTensor[]> {
  const names = new Set<string>();
  for await (const { name } of set) names.add(name);
  const found: NamedTensor[] = [];
  for await (const tensor of tensors) if (names.delete(tensor.name)) found.push(tensor);
  const [missing] = names;
  if (missing !== undefined)
    throw new Error(`The weights before the stage have no ${missing}, so there is no line between the two.`);
  return found;
}

async function tasksOf(
  { config }: RunResult,
  model: TrainingModel,
  { services, store, baseUrl }: MeasuringParts,
  breathe: () => Promise<void>,
): Promise<PreparedTask[]> {
  const tasks: PreparedTask[] = [];
  for (const id of plannedTasks(config)) {
    const task = config.tasks.find((t) => t.id === id);
    if (!task) continue;
    const rows = await services.loadTask(task, store, baseUrl, breathe);
    tasks.push(await prepareTask(task, rows, model.codec, config, false, breathe));
  }
  return tasks;
}

/** Every task on its validation rows, as for the curve of the run. */
async function scoresOf(
  { config }: RunResult,
  { learner, codec }: TrainingModel,
  tasks: readonly PreparedTask[],
  breathe: () => Promise<void>,
): Promise<Points[number]['scores']> {
  const scores: Points[number]['scores'] = [];
  const asked = { samples: 0, knowledge: { examples: 0, labels: 2 } };
  const work = { breathe, progress: () => undefined };
  for (const task of tasks) {
    const { validation } = task;
    const found = await evaluateTask(learner, codec, task, validation, config.evaluation, asked, work);
    scores.push({ task: task.id, score: found.score, loss: found.loss });
  }
  return scores;
}
