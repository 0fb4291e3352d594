/** Studies in the page: what is picked, what the queue does when runs end in every way, files that come back. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  dueCells,
  labelsOf,
  newStudy,
  parseStudyRecord,
  reportMarkdown,
  type Cell,
  type StudyRecord,
} from '../../run/study';
import type { RunConfigInput } from '../../run/config';
import type { RunResult } from '../../run/result';
import type { PageStore } from '../ports';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { soFar } from '../run/headline';
import { cellRunId, isCellRun, isCurveless, isOfStudy } from './cellRuns';
import { FIRST_FORM, pick, setField, sharesOf, studyOf, type Choice, type StudyForm } from './form';
import { readStudyFile } from './opening';
import { estimateWords, noPictureWords, planWords, studyProgress } from './words';
import { StudyWorker, type StudyHost } from './worker';

const order: Choice[] = ['sequential', 'joint', 'replay', 'ewc', 'o-lora', 'lora'];
const plain = { method: { name: 'sequential', settings: {} }, lora: null } as const;
const form: StudyForm = { ...FIRST_FORM, picked: { sequential: {}, replay: { count: 7 } }, seeds: 2 };

function studyFrom(change: Partial<StudyForm> = {}, bench: Partial<RunConfigInput> = {}) {
  const made = studyOf({ ...form, ...change }, fixtureConfig(bench), order);
  if (!made.ok) throw new Error(made.problem);
  return made.study;
}

describe('what is picked', () => {
  test('becomes a study of the plan on the bench, its seed the first', () => {
    const study = studyFrom();
    expect(study.methods.map(({ method }) => method)).toMatchObject([
      { name: 'sequential' },
      { name: 'replay', count: 7 },
    ]);
    expect(study).toMatchObject({ seeds: [7, 8], budget: 'tokens', trials: null });
    expect(dueCells(study, [])).toHaveLength(4);
    // Nothing is measured that a study does not keep.
    expect(fixtureConfig().evaluation.knowledge.examples).toBe(64);
    for (const { run } of [study, studyFrom({ of: 'shares', shares: '0, 10' })])
      expect(run.evaluation.knowledge.examples).toBe(0);
    expect(studyFrom({ trials: true }).trials).toMatchObject({ count: 4 });
    const withLora = studyFrom({ picked: { ...form.picked, lora: {} } });
    expect(dueCells(withLora, []).at(-1)!.config.lora).toMatchObject({ rank: expect.any(Number) as number });
  });

  test('says itself whether tokens are equal, and has nothing learnt again, whatever the plan on the bench does', () => {
    const plan = { ...fixtureConfig().plan, equalTokens: true, relearn: { steps: 5 } };
    const made = studyOf({ ...form, budget: 'steps' }, fixtureConfig({ plan }), order);
    expect(made.ok && made.study.run.plan).toEqual(fixtureConfig().plan);
  });

  test('takes settings from the bench, and gives them up with the tick', () => {
    const on = pick(form, 'ewc', true, { method: { name: 'ewc', settings: { lambda: 5 } }, lora: null });
    expect(on.picked.ewc).toEqual({ lambda: 5 });
    expect(setField(on, 'ewc', { lambda: 6 }).picked.ewc).toEqual({ lambda: 6 });
    expect(pick(on, 'ewc', false, plain).picked).toEqual(form.picked);
    expect(pick(form, 'ewc', true, plain).picked.ewc).toEqual({});
  });

  test('trains adapters where they were chosen, and says so', () => {
    const picked = { sequential: {}, 'o-lora': {}, lora: {} };
    const told = (bench: Partial<RunConfigInput>, which: StudyForm['picked'] = picked) => {
      const study = studyFrom({ picked: which, seeds: 1 }, bench);
      return dueCells(study, []).map(({ method, config }) => [method, config.lora?.rank]);
    };
    // O-LoRA on the bench brings adapters, and they are its own.
    expect(told({ method: { name: 'o-lora' } })).toEqual([
      ['Sequential', undefined],
      ['O-LoRA', 8],
      ['LoRA', 8],
    ]);
    expect(told({ method: { name: 'o-lora' }, lora: { rank: 4 } })).toEqual([
      ['Sequential', undefined],
      ['O-LoRA, LoRA (Rank 4)', 4],
      ['LoRA', 8],
    ]);
    const custom = { sequential: {}, lora: { rank: 16, alpha: null, targets: ['q', 'o'] } };
    expect(told({}, custom)).toEqual([
      ['Sequential', undefined],
      ['LoRA (Rank 16, Beside q o)', 16],
    ]);
    const all = studyFrom({ picked: { sequential: {}, 'o-lora': {}, replay: {} } }, { lora: { rank: 4 } });
    expect(labelsOf(all)).toEqual(['Sequential, LoRA', 'Replay, LoRA', 'O-LoRA']);
    const report = (study: StudyRecord['study']) => reportMarkdown(newStudy('s', study, 'now'), '');
    expect(report(all)).toContain('LoRA adapters of rank 4 and α 16, on q, v, are trained');
    expect(report(studyFrom({}, { method: { name: 'o-lora' } }))).not.toContain('LoRA');
    const shares = studyFrom({ of: 'shares', shares: '0, 10' }, { lora: {} });
    expect(labelsOf(shares)).toEqual(['Replay, 0 %, LoRA', 'Replay, 10 %, LoRA']);
    const bound = studyFrom({ of: 'shares', shares: '0, 10' }, { method: { name: 'o-lora' } });
    expect(dueCells(bound, []).map(({ config }) => config.lora)).toEqual(Array(4).fill(undefined));
  });

  test('takes the settings of LoRA from the bench, where it has any', () => {
    expect(pick(form, 'lora', true, { ...plain, lora: { rank: 4 } }).picked.lora).toEqual({ rank: 4 });
    expect(pick(form, 'lora', true, plain).picked.lora).toEqual({});
  });

  test('is refused in words', () => {
    const problem = (change: Partial<StudyForm>, run = fixtureConfig()) => {
      const made = studyOf({ ...form, ...change }, run, order);
      return made.ok ? '' : made.problem;
    };
    expect(problem({ picked: {} })).toBe('Pick at least one method.');
    expect(problem({ picked: { sequential: {}, ewc: { lambda: -1 } } })).toBe(
      'EWC, λ: must be at least 0, not -1',
    );
    expect(problem({ seeds: 0 })).toMatch(/Seeds: expected a whole number/);
    expect(problem({ seeds: null })).toMatch(/Seeds/);
    const perTask = fixtureConfig({ lora: { adapters: 'per-task' } });
    expect(problem({}, perTask)).toMatch(/^"Replay/);
    expect(problem({ picked: { lora: { rank: 0 } } })).toMatch(/^"LoRA \(Rank 0\)": lora\.rank: /);
    expect(problem({ of: 'shares', shares: '1, x' })).toBe('"x" is no share from 0 to 100 %.');
    expect(problem({ of: 'shares', shares: '5' })).toMatch(/two shares/);
  });

  test('or a sweep over the share of old data', () => {
    expect(sharesOf('10 %, 0; 10 2.5')).toEqual([0, 0.025, 0.1]);
    const study = studyFrom({ of: 'shares', shares: '0, 10, 50', seeds: 1 });
    expect(dueCells(study, []).map(({ config }) => config.method)).toMatchObject([
      { name: 'replay', memory: 'share', share: 0 },
      { share: 0.1 },
      { share: 0.5 },
    ]);
    expect(study.budget).toBe('steps');
  });

  test('is told with what it takes before it starts', () => {
    const rates = { stepSeconds: 0.1, rowSeconds: 0.01, startSeconds: 0, parameters: 1e6, memoryBytes: 1e8 };
    expect(estimateWords(studyFrom({ trials: true }), rates, () => 0)).toMatch(
      /^4 runs and 8 trials, about \d+ min( \d+ s)?; 100 MB on the device; 8.0 MB kept while it goes, .* after\.$/,
    );
    expect(planWords(fixtureConfig())).toBe('Reviews → Tickets; watched Dialogue');
    expect(noPictureWords(fixtureConfig())).toBeNull();
    const one = { stages: [{ task: 'reviews', steps: 20 }], watched: ['dialogue'] };
    expect(noPictureWords(fixtureConfig({ plan: one }))).toMatch(/^This plan trains one task/);
    expect(noPictureWords(fixtureConfig({ plan: { ...one, rehearsed: ['dialogue'] } }))).toBeNull();
  });
});

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
    expect(worker.problem).toMatch(/Another run has the trainer/);
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
    expect(worker.problem).toMatch(/Another run has the trainer/);
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
