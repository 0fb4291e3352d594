/** What the manifest of a checkpoint says of it. */
import * as v from 'valibot';

const Meta = v.object({
  runId: v.string(),
  checkpointId: v.string(),
  /** `stage` when a stage had just been finished and scored; `step` within one. */
  place: v.picklist(['stage', 'step']),
  /** Stages finished. */
  stage: v.number(),
  /** Training steps done over the run. */
  step: v.number(),
  runName: v.string(),
  /** Why it was set aside; absent while it is whole as far as is known. */
  damaged: v.optional(v.string()),
});

export type CheckpointMeta = v.InferOutput<typeof Meta>;

/** Null when a manifest's meta is not a checkpoint's. */
export function checkpointMeta(meta: Record<string, unknown>): CheckpointMeta | null {
  const parsed = v.safeParse(Meta, meta);
  return parsed.success ? parsed.output : null;
}

/** The file of a checkpoint that has the matrices of its LoRA adapters, by stage. */
export const ADAPTERS = 'adapters.safetensors';

/** That file, where the checkpoint is of a run that trained adapters. */
export function adapterFile<File extends { path: string }>({
  files,
}: {
  files: readonly File[];
}): File | undefined {
  return files.find(({ path }) => path === ADAPTERS);
}

/** The order in which checkpoints of one run were made. */
export function byAge(a: CheckpointMeta, b: CheckpointMeta): number {
  return a.step - b.step || a.stage - b.stage || (a.place === b.place ? 0 : a.place === 'step' ? -1 : 1);
}
