/** What the shelf lists: one line for everything kept. */
import { checkpointMeta } from '../../run/checkpoint';
import type { RunResult } from '../../run/result';
import { visible } from '../../security/visible';
import type { FolderManifest } from '../../store/types';
import { choiceOfDataset } from '../draft/upload';
import { count, plural } from '../format';
import { checkpointLabel, modelLabel } from '../models';
import { STATUS_LABELS } from '../run/names';

export interface ShelfItem {
  id: string;
  name: string;
  about: string;
  createdAt: string;
  /** Bytes in the store; for a run, of its checkpoints. */
  bytes: number;
}

interface Kept {
  runs: RunResult[];
  checkpoints: FolderManifest[];
  datasets: FolderManifest[];
  models: FolderManifest[];
}

export function shelfItems(kept: Kept): Record<keyof Kept, ShelfItem[]> {
  return {
    runs: kept.runs.map((run) => ({
      id: run.id,
      name: visible(run.name),
      about: `${STATUS_LABELS[run.status]}, step ${count(run.step)} of ${count(run.totalSteps)}`,
      createdAt: run.createdAt,
      bytes: kept.checkpoints
        .filter((f) => checkpointMeta(f.meta)?.runId === run.id)
        .reduce((sum, f) => sum + f.bytes, 0),
    })),
    checkpoints: kept.checkpoints.map((folder) => {
      const meta = checkpointMeta(folder.meta);
      return {
        ...base(folder),
        name: visible(meta?.runName ?? folder.id),
        about: meta ? checkpointLabel(meta) : '',
      };
    }),
    datasets: kept.datasets.map((folder) => {
      const choice = choiceOfDataset(folder.meta);
      const rows = choice?.rows;
      return {
        ...base(folder),
        name: visible(choice?.task.name ?? folder.id),
        about: [
          ...(rows ? [plural(rows.train + rows.validation + rows.test, 'row')] : []),
          ...(choice?.description ? [choice.description] : []),
        ].join(', '),
      };
    }),
    models: kept.models.map((folder) => ({
      ...base(folder),
      name: modelLabel(folder),
      about: plural(folder.files.length, 'file'),
    })),
  };
}

function base({ id, createdAt, bytes }: FolderManifest) {
  return { id, createdAt, bytes };
}
