/** What a project file of made-up runs would hold, and what one holds that is opened. Not part of the built page. */
import type { ProjectContents } from '../../project/bringIn';
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
  const line = { status: 'finished' as const, step: 400, totalSteps: 400 };
  const opened: ProjectContents = {
    createdAt: '2026-11-20T14:30:00.000Z',
    runs: [
      ...runs.map(({ id, name, status, step, totalSteps }, i) => ({
        id,
        name,
        status,
        step,
        totalSteps,
        here: i === 0 ? ('same' as const) : ('other' as const),
      })),
      { ...line, id: 'run-cc', name: 'Reviews → Tickets → Summaries, with replay', here: 'none' },
      { ...line, id: 'run-dd', name: 'LoRA', status: 'stopped', step: 132, here: 'none' },
    ],
    studies: [{ id: 'study-d', name: 'Three remedies', status: 'finished', done: 14, all: 14, here: 'none' }],
    checkpoints: 7,
    datasets: 2,
    models: 1,
    bytes: 236e6,
    hubModels: [{ id: 'google/flan-t5-small', revision: 'main', bytes: 308e6 }],
    settings: {},
  };
  const played: { [K in keyof FilesAnswers]?: FilesAnswers[K] } = { projectPlan: plan, openProject: opened };
  return {
    ask: (name, question, options) => {
      const answer = played[name];
      return answer === undefined ? others.ask(name, question, options) : Promise.resolve(answer);
    },
    pieces: () => {
      throw new Error('nothing is written in the preview');
    },
  };
}
