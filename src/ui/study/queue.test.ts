/** What a study's queue does when runs end in every way, and files that come back. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { RunResult } from '../../run/result';
import { dueCells, newStudy, parseStudyRecord, type Cell, type StudyRecord } from '../../run/study';
import type { PageStore } from '../ports';
import { soFar } from '../run/headline';
import { fixtureRun } from '../testing/fixture';
import { studyFrom } from '../testing/studyForm';
import { cellRunId, isCellRun, isCurveless, isOfStudy } from './cellRuns';
import { readStudyFile } from './opening';
import { studyProgress } from './words';
import { StudyWorker, type StudyHost } from './worker';

type End = Partial<RunResult> | Error;

describe('the queue', () => {
  let kept: Map<string, RunResult>;
  let removed: string[];
  let records: StudyRecord[];
  /** What each run comes to, by the cell's id; finished where nothing is said. */
  let ends: Record<string, End | (() => End)>;
  let begun: string[];
  let worker: StudyWorker;
  let taken: boolean;
  /** Whether the disk is full. */
  let full: boolean;

  beforeEach(() => {
    kept = new Map<string, RunResult>();
    [removed, records, ends, begun, taken, full] = [[], [], {}, [], false, false];
  });

  function work(record: StudyRecord) {
    const listeners = new Set<Parameters<Awaited<ReturnType<StudyHost['trainer']>>['onEvent']>[0]>();
    let cell: Cell | null = null;
    const begin = (how: string) => (runId: string) => {
      const now = cell!;
      begun.push(`${how} ${now.id}`);
      const given = ends[now.id];
      const end = typeof given === 'function' ? given() : given;
      if (end instanceof Error) return Promise.reject(end);
      const result = { ...fixtureRun({ id: runId, config: now.config }), ...end };
      kept.set(runId, result);
      // The trainer speaks after its answer, and of other runs too.
      setTimeout(() => {
        for (const id of ['other', runId])
          for (const tell of [...listeners])
            tell({ type: 'ended', runId: id, status: result.status, result: { ...result, id } });
      });
      return Promise.resolve();
    };
    worker = new StudyWorker({
      store: () =>
        Promise.resolve({
          runs: { get: (id: string) => Promise.resolve(kept.get(id) ?? null) },
        } as unknown as PageStore),
      trainer: () =>
        Promise.resolve({
          onEvent: (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
          },
        }),
      start: begin('start'),
      resume: begin('resume'),
      taken: () => taken,
      remove: (id) => {
        removed.push(id);
        kept.delete(id);
        return Promise.resolve();
      },
      keep: (now) => {
        if (full && now.cells.length > 0) return Promise.reject(new Error('no room'));
        records.push(now);
        return Promise.resolve();
      },
      onCell: (now) => (cell = now),
    });
    return worker.work(record);
  }

  const fresh = () => newStudy('s1', studyFrom(), '2026-11-29T00:00:00.000Z');

  test('runs every cell, keeps what it needs and removes the rest', async () => {
    const done = await work(fresh());
    expect(begun).toEqual([
      'start run.sequential.seed-7',
      'start run.replay-examples-a-task-7.seed-7',
      'start run.sequential.seed-8',
      'start run.replay-examples-a-task-7.seed-8',
    ]);
    expect([done.status, done.cells.length, removed.length, kept.size]).toEqual(['finished', 4, 4, 0]);
    expect(records[0]).toMatchObject({ status: 'running', cells: [] });
    // After every cell, so that a crash loses none that is done.
    expect(records.map(({ cells }) => cells.length)).toEqual([0, 1, 2, 3, 4, 4]);
    expect(studyProgress(done)).toMatchObject({ done: 4, all: 4, failed: 0, share: 1 });
  });

  test('after a reload it goes on with the run in which it stood', async () => {
    ends = { 'run.sequential.seed-8': { status: 'stopped' } };
    const broken = await work(fresh());
    expect([broken.status, broken.cells.length, worker.problem]).toEqual(['interrupted', 2, null]);
    expect(kept.size).toBe(1);
    [ends, begun] = [{}, []];
    const whole = await work(JSON.parse(JSON.stringify(broken)) as StudyRecord);
    expect(begun[0]).toBe('resume run.sequential.seed-8');
    expect([whole.status, begun.length]).toEqual(['finished', 2]);
  });

  test('a run that had ended when the page was closed is not run again', async () => {
    const [first] = dueCells(fresh().study, []);
    const runId = cellRunId('s1', first!);
    kept.set(runId, fixtureRun({ id: runId, config: first!.config }));
    await work(fresh());
    expect(begun).toHaveLength(3);
    expect([isCellRun(runId), isOfStudy('s1', runId), isOfStudy('s', runId)]).toEqual([true, true, false]);
  });

  test('runs without curves are told from those that have some', () => {
    const runOf = ({ config }: Cell, id = cellRunId('s1', { id: 'a', key: 'b' })) => ({
      ...fixtureRun({ id, config, step: 390, status: 'running' }),
      matrix: fixtureRun().matrix.slice(0, 2),
    });
    const [cell] = dueCells(studyFrom({}), []);
    const [trial] = dueCells(studyFrom({ trials: true }), []);
    expect(isCurveless(runOf(cell!))).toBe(true);
    expect(isCurveless(runOf(trial!))).toBe(false);
    expect(isCurveless(runOf(cell!, 'of-a-person'))).toBe(false);
    // Only a study that was written by hand learns tasks again.
    const { run, ...rest } = studyFrom({});
    const again = { ...rest, run: { ...run, plan: { ...run.plan, relearn: { steps: 5 } } } };
    expect(isCurveless(runOf(dueCells(again, [])[0]!))).toBe(false);
    // Its headline is R's alone.
    expect(soFar(runOf(cell!))).toBeNull();
    expect(soFar(runOf(cell!, 'of-a-person'))).not.toBeNull();
  });

  test('a run that fails, or that the trainer refuses, is a failed cell and leaves the others', async () => {
    ends = {
      'run.sequential.seed-7': { status: 'failed', error: 'not a number' },
      'run.sequential.seed-8': new Error('no room'),
    };
    const done = await work(fresh());
    expect(done.status).toBe('finished');
    expect(done.cells.map(({ status, error }) => [status, error])).toEqual([
      ['failed', 'not a number'],
      ['finished', undefined],
      ['failed', 'no room'],
      ['finished', undefined],
    ]);
  });

  test('it rests where going on makes no sense, and says why', async () => {
    const all = (end: Partial<RunResult> | Error) =>
      Object.fromEntries(dueCells(fresh().study, []).map(({ id }) => [id, end]));
    ends = all(new Error('the model is gone'));
    const refused = await work(fresh());
    expect([refused.status, worker.problem]).toEqual(['interrupted', 'the model is gone']);
    ends = all({ status: 'interrupted', error: 'crashed' });
    const broken = await work(fresh());
    expect([broken.cells, worker.problem]).toEqual([
      [],
      expect.stringContaining('broken off twice: crashed'),
    ]);
    taken = true;
    ends = all(new Error('A run is going already'));
    await work(fresh());
    expect(worker.problem).toMatch(/Something else has the trainer/);
  });

  test('a run goes only when its result is kept, and at the next start where it stayed', async () => {
    full = true;
    await expect(work(fresh())).rejects.toThrow('no room');
    expect([removed, kept.size]).toEqual([[], 1]);
    [full, begun] = [false, []];
    const done = await work(fresh());
    expect([begun.length, removed.length, kept.size]).toEqual([3, 4, 0]);
    // The page was closed between the two.
    const runId = cellRunId('s1', done.cells[0]!);
    kept.set(runId, fixtureRun({ id: runId }));
    removed = [];
    await work(done);
    expect([removed, kept.size]).toEqual([[runId], 0]);
  });

  /** A study that was stopped in its first cell. */
  async function stoppedInFirst(): Promise<{ record: StudyRecord; first: string; runId: string }> {
    const [cell] = dueCells(fresh().study, []);
    ends = { [cell!.id]: { status: 'stopped' } };
    const record = await work(fresh());
    [ends, begun] = [{}, []];
    return { record, first: cell!.id, runId: cellRunId('s1', cell!) };
  }

  test('a run that had begun is not given up because the trainer refuses it', async () => {
    const { record, first, runId } = await stoppedInFirst();
    ends[first] = new Error('the model is gone');
    const rested = await work(record);
    expect(begun).toEqual([`resume ${first}`, `resume ${first}`]);
    expect([rested.status, rested.cells, worker.problem]).toEqual(['interrupted', [], 'the model is gone']);
    expect([removed, kept.has(runId)]).toEqual([[], true]);
    taken = true;
    begun = [];
    await work(record);
    expect([begun, removed]).toEqual([[`resume ${first}`], []]);
    expect(worker.problem).toMatch(/Something else has the trainer/);
  });

  test('a damaged checkpoint costs a second try, and no run', async () => {
    const { record, first } = await stoppedInFirst();
    let damaged = true;
    ends[first] = () => {
      const end = damaged ? new Error('it was set aside') : {};
      damaged = false;
      return end;
    };
    const done = await work(record);
    expect(begun.slice(0, 2)).toEqual([`resume ${first}`, `resume ${first}`]);
    expect(done.cells.map(({ status }) => status)).toEqual(Array(4).fill('finished'));
  });

  test('what it leaves comes back from a file, and a wrong file says where', async () => {
    const done = await work(fresh());
    const asFile = (value: unknown) => new File([JSON.stringify(value)], 'study.json');
    expect(await readStudyFile(asFile({ ...done, status: 'running' }))).toEqual({
      ...done,
      status: 'interrupted',
    });
    const cells = [{ ...done.cells[0]!, trainSeconds: 'long' }];
    await expect(readStudyFile(asFile({ ...done, cells }))).rejects.toThrow(/cells\.0\.trainSeconds/);
    await expect(readStudyFile(asFile(fixtureRun()))).rejects.toThrow(/it is no study; study/);
    await expect(readStudyFile(new File(['{'], 'x'))).rejects.toThrow(/expected a study as JSON/);
    expect(parseStudyRecord(done)).toMatchObject({ ok: true });
  });
});
