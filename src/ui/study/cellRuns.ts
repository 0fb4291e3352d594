/**
 * The runs behind the cells of a study. Each is a run like any other while it goes, with a record and checkpoints, and
 * is removed once the study has what it needs of it. Its id follows from the cell, so that a page that was closed finds
 * the run again in which it stood.
 */
import { studyLock } from '../../run/live';
import type { RunResult } from '../../run/result';
import type { Cell } from '../../run/study';
import { hasCurves } from '../../run/study/cells';

/** Another config of the same cell is another run. */
export const cellRunId = (studyId: string, cell: Pick<Cell, 'id' | 'key'>): string =>
  `${studyLock(studyId)}.${cell.id}.${cell.key}`;

/** Whether a run belongs to a study, which shows it in its own way. */
export const isCellRun = (runId: string): boolean => runId.startsWith(studyLock(''));

/** Whether the points of a run's curves say nothing: a study keeps none, and scores a single row for them. */
export const isCurveless = ({ id, config }: Pick<RunResult, 'id' | 'config'>): boolean =>
  isCellRun(id) && !hasCurves(config);

export const isOfStudy = (studyId: string, runId: string): boolean =>
  runId.startsWith(`${studyLock(studyId)}.`);
