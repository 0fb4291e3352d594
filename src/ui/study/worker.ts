/** Works off one study in this page: cell by cell, each a run of the page's trainer. */
import { holdRun, studyLock } from '../../run/live';
import type { RunResult } from '../../run/result';
import type { Cell, CellResult, StudyRecord } from '../../run/study';
import { cellResult, failedCell } from '../../run/study/cellResult';
import { runStudy } from '../../run/study/queue';
import type { PageStore, Trainer } from '../ports';
import { plainReason } from '../state/notices.svelte';
import { cellRunId } from './cellRuns';

/** Refusals in a row after which it is no fault of a single cell. */
const MOST_REFUSALS = 3;

export const nowAsText = (): string => new Date().toISOString();

export interface StudyHost {
  store(): Promise<PageStore>;
  trainer(): Promise<Pick<Trainer, 'onEvent'>>;
  /** Starts a run, or goes on with it. @throws Error when it cannot */
  start(runId: string, config: Cell['config']): Promise<unknown>;
  resume(runId: string): Promise<unknown>;
  /** Whether the trainer has a run at this moment, in this tab or another. */
  taken(): boolean;
  /** Takes away a run with its checkpoints. */
  remove(runId: string): Promise<void>;
  /** Keeps the record, and shows it. */
  keep(record: StudyRecord): Promise<void>;
  /** Which cell is being run; null between two. */
  onCell(cell: Cell | null): void;
}

export class StudyWorker {
  private wanted = true;
  private refusals = 0;
  private broken = 0;
  /** The run that the trainer would not go on with, and that is tried once more. */
  private tried: string | null = null;
  /** Why it rested, where nobody asked for it. */
  problem: string | null = null;

  constructor(private readonly host: StudyHost) {}

  /** Rests before the next cell. Ending the run that is going is the caller's. */
  rest(): void {
    this.wanted = false;
  }

  /**
   * @returns the record as it stands when all is done, or no more is wanted
   * @throws Error when another tab works on the study
   */
  async work(record: StudyRecord): Promise<StudyRecord> {
    const release = await holdRun(studyLock(record.id));
    if (!release) throw new Error('This study is going on in another tab.');
    try {
      await this.host.keep({ ...record, status: 'running' });
      await this.tidy(record);
      return await runStudy(record, {
        run: (cell) => this.run(record.id, cell),
        keep: (now) => this.host.keep(now),
        done: (cell) => this.host.remove(cellRunId(record.id, cell)),
        wanted: () => this.wanted,
      });
    } finally {
      this.host.onCell(null);
      release();
    }
  }

  /** Removes runs that the page was closed before it could remove: their results are kept. */
  private async tidy({ id, cells }: StudyRecord): Promise<void> {
    const { runs } = await this.host.store();
    for (const cell of cells) {
      const runId = cellRunId(id, cell);
      if (await runs.get(runId)) await this.host.remove(runId);
    }
  }

  private async run(studyId: string, cell: Cell): Promise<CellResult | null> {
    this.host.onCell(cell);
    const runId = cellRunId(studyId, cell);
    const kept = await (await this.host.store()).runs.get(runId);
    let result: RunResult;
    try {
      // A run that ended just before the page was closed is not run again.
      result = kept?.status === 'finished' ? kept : await this.follow(runId, cell, kept !== null);
    } catch (error) {
      return this.refused(runId, cell, kept !== null, plainReason(error));
    }
    if (result.status === 'finished' || result.status === 'failed') {
      this.refusals = 0;
      this.broken = 0;
      this.tried = null;
      return cellResult(cell, result);
    }
    // Stopped by hand, or the trainer died: what is trained lies in the last checkpoint.
    if (result.status !== 'interrupted') this.rest();
    else if (++this.broken > 1) {
      this.problem = `"${cell.config.name ?? cell.id}" was broken off twice: ${result.error ?? 'no reason was given'}`;
      this.rest();
    }
    return null;
  }

  /** One run from its start, or where it stood, to its end. */
  private async follow(runId: string, { config }: Cell, known: boolean): Promise<RunResult> {
    const trainer = await this.host.trainer();
    return await new Promise((resolve, reject) => {
      const stop = trainer.onEvent((event) => {
        if (event.type !== 'ended' || event.runId !== runId) return;
        stop();
        resolve(event.result);
      });
      (known ? this.host.resume(runId) : this.host.start(runId, config)).catch((error: unknown) => {
        stop();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  /** The trainer would not take a cell. One that had begun is never given up: hours may be in it. */
  private refused(runId: string, cell: Cell, known: boolean, message: string): CellResult | null {
    if (this.host.taken()) {
      this.problem = 'Something else has the trainer. Go on with the study when that is over.';
      this.rest();
      return null;
    }
    if (known && this.tried !== runId) {
      // A damaged checkpoint has been set aside by now, and the run goes on from the one before it.
      this.tried = runId;
      return null;
    }
    if (known || ++this.refusals >= MOST_REFUSALS) {
      this.problem = message;
      this.rest();
      return null;
    }
    return failedCell(cell, message, nowAsText());
  }
}
