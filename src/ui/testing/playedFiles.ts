/** What a project file of made-up runs would hold. Not part of the built page. */
import type { RunResult } from '../../run/result';
import type { FolderManifest } from '../../store/types';
import type { FilesAnswers, ProjectPlan } from '../../worker/files/protocol';
import type { FileReader } from '../ports';

/** @param others reads whatever is no project */
export function playedFiles(
  runs: readonly RunResult[],
  folders: readonly FolderManifest[],
  others: FileReader,
): FileReader {
  const kept = (kind: FolderManifest['kind']) => folders.filter((folder) => folder.kind === kind).length;
  const plan: ProjectPlan = {
    fileName: 'lethe.lethe',
    runs: runs.length,
    checkpoints: kept('checkpoint'),
    studies: 2,
    datasets: kept('dataset'),
    models: kept('model'),
    bytes: folders.reduce((sum, { bytes }) => sum + bytes, 60_000 * runs.length),
    hubModels: { count: 0, bytes: 0 },
    notes: [],
  };
  return {
    ask: (name, question, options) =>
      name === 'projectPlan'
        ? Promise.resolve(plan as FilesAnswers[typeof name])
        : others.ask(name, question, options),
    pieces: () => {
      throw new Error('nothing is written in the preview');
    },
  };
}
