/** Works a study off, cell by cell; what a cell is run with is the caller's. */
import type { CellResult } from './cellResult';
import { nextCell, type Cell } from './cells';
import type { StudyConfig } from './config';

/** A study and what is done of it, as JSON: what is kept, shared and reported. */
export interface StudyRecord {
  version: 1;
  id: string;
  name: string;
  /** `interrupted` is what a record says when nobody works on it and cells are due. */
  status: 'running' | 'interrupted' | 'finished';
  /** ISO 8601. */
  createdAt: string;
  updatedAt: string;
  study: StudyConfig;
  /** What decides a run beside its config, as far as it is known: the weights, say. */
  stamp: string;
  /** In the order in which they were done; those of an earlier form of the study stay until they are done anew. */
  cells: CellResult[];
}

export interface StudyPorts {
  /** Runs a cell; null when it was broken off, to be gone on with another time. */
  run: (cell: Cell) => Promise<CellResult | null>;
  /** Called after every cell. */
  keep: (record: StudyRecord) => Promise<void>;
  /** Called when a cell's result is kept, and what its run left is needed no more. */
  done?: (cell: Cell) => Promise<void>;
  /** Asked before every cell. */
  wanted: () => boolean;
  now?: () => string;
}

export function newStudy(id: string, study: StudyConfig, date: string, stamp = ''): StudyRecord {
  const name = study.name ?? study.run.name ?? 'Study';
  return {
    version: 1,
    id,
    name,
    status: 'interrupted',
    createdAt: date,
    updatedAt: date,
    study,
    stamp,
    cells: [],
  };
}

/** The record with a cell's result, in place of an earlier one of the same cell. */
export function withCell(record: StudyRecord, result: CellResult, date: string): StudyRecord {
  const cells = [...record.cells.filter((cell) => cell.id !== result.id), result];
  return { ...record, cells, updatedAt: date };
}

/** The record without failed cells, so that they are run again. */
export function withoutFailed(record: StudyRecord): StudyRecord {
  return { ...record, cells: record.cells.filter((cell) => cell.status !== 'failed') };
}

/**
 * Runs every cell that has no result. A failed cell counts as done, so that one learning rate that diverges does not
 * hold up the rest.
 * @returns the record as it stands when all is done, or when no more is wanted
 */
export async function runStudy(given: StudyRecord, ports: StudyPorts): Promise<StudyRecord> {
  const now = ports.now ?? (() => new Date().toISOString());
  let record: StudyRecord = { ...given, status: 'running' };
  for (;;) {
    const cell = nextCell(record.study, record.cells, record.stamp);
    const over = cell === null ? 'finished' : ports.wanted() ? null : 'interrupted';
    if (over !== null || cell === null) {
      record = { ...record, status: over ?? 'finished', updatedAt: now() };
      await ports.keep(record);
      return record;
    }
    const result = await ports.run(cell);
    if (!result) continue;
    record = withCell(record, result, now());
    await ports.keep(record);
    await ports.done?.(cell);
  }
}
