/** What the shelf lists: one line for everything kept. */
import { checkpointMeta } from '../../run/checkpoint';
import type { RunResult } from '../../run/result';
import type { StudyRecord } from '../../run/study';
import { visible } from '../../security/visible';
import type { FolderManifest } from '../../store/types';
import { choiceOfDataset } from '../draft/upload';
import { count, plural } from '../format';
import { checkpointLabel, modelLabel } from '../models';
import { STATUS_LABELS } from '../run/names';
import { needsOf } from './needs';

export interface ShelfItem {
  id: string;
  name: string;
  about: string;
  createdAt: string;
  /** Bytes in the store; for a run, of its checkpoints. */
  bytes: number;
  /** Something that is going needs it, so that it can't be deleted now. */
  locked: boolean;
  /** Runs and studies that could not go on from where they stopped without it. */
  needed: string[];
}

interface Kept {
  runs: RunResult[];
  checkpoints: FolderManifest[];
  datasets: FolderManifest[];
  models: FolderManifest[];
}

/** @param others runs that have no line of their own, and studies: they too may need what is kept */
export function shelfItems(
  kept: Kept,
  others: { runs?: RunResult[]; studies?: readonly StudyRecord[] } = {},
): Record<keyof Kept, ShelfItem[]> {
  const needs = needsOf({
    runs: [...kept.runs, ...(others.runs ?? [])],
    checkpoints: kept.checkpoints,
    studies: others.studies ?? [],
  });
  const need = (id: string) => ({
    locked: needs(id).some(({ going }) => going),
    needed: needs(id).map(({ name }) => visible(name)),
  });
  const base = ({ id, createdAt, bytes }: FolderManifest) => ({ id, createdAt, bytes, ...need(id) });
  return {
    runs: kept.runs.map((run) => ({
      id: run.id,
      name: visible(run.name),
      about: `${STATUS_LABELS[run.status]}, step ${count(run.step)} of ${count(run.totalSteps)}`,
      createdAt: run.createdAt,
      ...need(run.id),
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
