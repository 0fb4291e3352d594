/** The LoRA adapters that kept runs have left, to choose from. */
import { adapterFile, checkpointMeta } from '../run/checkpoint';
import { adapterEachTask } from '../run/lora';
import type { RunResult } from '../run/result';
import type { FolderManifest } from '../store/types';
import type { AdapterSource } from '../worker/protocol';
import { checkpointLabel } from './models';

export interface AdapterOption {
  /** For a select; unique. */
  key: string;
  label: string;
  source: AdapterSource;
}

/** One for each checkpoint of a run that trained adapters; where every task has its own, one for each of them. */
export function adapterOptions(
  checkpoints: readonly FolderManifest[],
  run: (id: string) => RunResult | undefined,
): AdapterOption[] {
  return checkpoints.flatMap((folder) => {
    const meta = checkpointMeta(folder.meta);
    if (!meta || !adapterFile(folder)) return [];
    const { runId, checkpointId, runName, stage } = meta;
    const label = `${runName}, ${checkpointLabel(meta)}`;
    const source = { runId, checkpointId };
    const config = run(runId)?.config;
    if (!config || !adapterEachTask(config)) return [{ key: folder.id, label, source }];
    return config.plan.stages.slice(0, Math.max(1, stage)).map(({ task }) => {
      const name = config.tasks.find(({ id }) => id === task)?.name ?? task;
      return { key: `${folder.id}/${task}`, label: `${label}: ${name}`, source: { ...source, task } };
    });
  });
}
