/** What of all that is kept somebody still needs: a run that is going or can go on, a study that is not done. */
import { byAge, checkpointMeta } from '../../run/checkpoint';
import type { RunConfig } from '../../run/config';
import type { RunResult } from '../../run/result';
import type { StudyRecord } from '../../run/study';
import type { FolderManifest } from '../../store/types';
import { canResume, isGoing } from '../run/reduce';

export interface Need {
  /** Of the run or the study. */
  name: string;
  /** At this moment; else it may go on some day. */
  going: boolean;
}

interface Kept {
  runs: readonly RunResult[];
  checkpoints: readonly FolderManifest[];
  studies?: readonly StudyRecord[];
}

const checkpointId = (runId: string, checkpoint: string): string => `run/${runId}/${checkpoint}`;

/** Folders that a run of a config reads before its first step. What the network has is fetched again. */
function begunWith({ model, fork }: RunConfig): string[] {
  return [
    ...(model.source === 'stored' ? [model.id] : []),
    ...(model.source === 'checkpoint' ? [checkpointId(model.runId, model.checkpointId)] : []),
    ...(fork ? [checkpointId(fork.runId, fork.checkpointId)] : []),
  ];
}

const dataOf = ({ tasks }: RunConfig): string[] =>
  tasks.flatMap(({ data }) => (data.kind === 'stored' ? [data.id] : []));

/**
 * Asks who needs what is kept under an id, that of a folder or of a run.
 * @param kept every run there is, those of studies too
 */
export function needsOf({ runs, checkpoints, studies = [] }: Kept): (id: string) => Need[] {
  const found = new Map<string, Map<string, Need>>();
  const note = (id: string, by: string, need: Need): void => {
    const needs = found.get(id) ?? new Map<string, Need>();
    found.set(id, needs.set(by, need));
  };
  const owners = new Map<string, string>();
  const last = new Map<string, { folder: string; meta: NonNullable<ReturnType<typeof checkpointMeta>> }>();
  for (const { id, meta } of checkpoints) {
    const known = checkpointMeta(meta);
    if (!known) continue;
    owners.set(id, known.runId);
    const before = last.get(known.runId);
    if (known.damaged === undefined && (!before || byAge(before.meta, known) < 0))
      last.set(known.runId, { folder: id, meta: known });
  }
  for (const run of runs) {
    if (!isGoing(run) && !canResume(run)) continue;
    const { id, config } = run;
    const need = { name: run.name, going: isGoing(run) };
    const own = last.get(id);
    const weights = own ? [own.folder, ...(config.lora ? begunWith(config) : [])] : begunWith(config);
    for (const folder of [...weights, ...dataOf(config)]) {
      note(folder, id, need);
      // With a run all its checkpoints go.
      const owner = owners.get(folder);
      if (owner !== undefined && owner !== id) note(owner, id, need);
    }
    if (need.going) note(id, id, need);
  }
  for (const { id, name, status, study } of studies) {
    if (status === 'finished') continue;
    for (const folder of [...begunWith(study.run), ...dataOf(study.run)])
      note(folder, id, { name, going: status === 'running' });
  }
  return (id) => [...(found.get(id)?.values() ?? [])];
}
