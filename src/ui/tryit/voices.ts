/** Who answers a prompt: the model of a run before and after its stages, another run's, and a LoRA adapter by scale. */
import { checkpointMeta } from '../../run/checkpoint';
import { methodLabel } from '../../run/methodGuide';
import type { ModelSource } from '../../run/config';
import type { RunResult } from '../../run/result';
import type { FolderManifest } from '../../store/types';
import type { AdapterSource } from '../../worker/protocol';
import type { AdapterOption } from '../adapters';
import { runName } from '../run/memorable';
import { BEFORE, stageName } from '../run/names';

export interface Voice {
  /** Unique among those that answer together. */
  key: string;
  label: string;
  about: string;
  model: ModelSource;
  /** Attached to the model, at the scale of the slider. */
  adapter?: AdapterSource;
}

/** Stages whose end is kept as a checkpoint that is whole, by run. */
export function keptStages(checkpoints: readonly FolderManifest[]): Map<string, number[]> {
  const stages = new Map<string, number[]>();
  for (const folder of checkpoints) {
    const meta = checkpointMeta(folder.meta);
    if (meta?.place !== 'stage' || meta.damaged !== undefined) continue;
    stages.set(
      meta.runId,
      [...(stages.get(meta.runId) ?? []), meta.stage].sort((a, b) => a - b),
    );
  }
  return stages;
}

const checkpoint = (run: RunResult, stage: number): ModelSource => ({
  source: 'checkpoint',
  runId: run.id,
  checkpointId: `stage-${stage}`,
});

/** The model before any training, and after each stage that is kept. */
export function voicesOf(run: RunResult, stages: readonly number[]): Voice[] {
  const about = methodLabel(run.config.method);
  return [
    { key: `${run.id}/0`, label: BEFORE, about: 'no training', model: run.config.model },
    ...stages.map((stage): Voice => ({
      key: `${run.id}/${stage}`,
      label: `after ${stageName(run.config, stage)}`,
      about,
      model: checkpoint(run, stage),
    })),
  ];
}

/** Another run's model at its end. */
export function remedyVoice(run: RunResult, stages: readonly number[]): Voice | null {
  const stage = stages.at(-1);
  if (stage === undefined) return null;
  return {
    key: `${run.id}/${stage}`,
    label: `with ${methodLabel(run.config.method)}`,
    about: `${runName(run)}, after ${stageName(run.config, stage)}`,
    model: checkpoint(run, stage),
  };
}

export function adapterVoice(run: RunResult, { key, label, source }: AdapterOption): Voice {
  return {
    key: `adapter/${key}`,
    label: 'adapter, scaled',
    about: label,
    model: run.config.model,
    adapter: source,
  };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Runs of the same model over the same stages that have a kept end, the one that kept most first. */
export function remediesFor(
  run: RunResult,
  runs: readonly RunResult[],
  kept: ReadonlyMap<string, readonly number[]>,
): RunResult[] {
  const tasksOf = ({ config }: RunResult) => config.plan.stages.map(({ task }) => task);
  const left = ({ metrics }: RunResult) => metrics.averageAccuracy ?? -Infinity;
  return runs
    .filter(
      (other) =>
        other.id !== run.id &&
        kept.has(other.id) &&
        same(other.config.model, run.config.model) &&
        same(tasksOf(other), tasksOf(run)),
    )
    .sort((a, b) => left(b) - left(a));
}
