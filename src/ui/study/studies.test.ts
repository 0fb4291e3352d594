/** Studies that several tabs keep, work on and delete. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { holdRun, studyLock } from '../../run/live';
import { newStudy, type StudyRecord } from '../../run/study';
import { fakeLocks } from '../../run/testing';
import type { RunResult } from '../../run/result';
import type { StoreChange } from '../../store/store';
import type { PageStore, Services } from '../ports';
import { Bench } from '../state/bench.svelte';
import { Library } from '../state/library.svelte';
import { noticeText, Notices } from '../state/notices.svelte';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { FIRST_FORM, studyOf } from './form';
import { Studies } from './studies.svelte';

const made = studyOf({ ...FIRST_FORM, picked: { sequential: {}, replay: {} } }, fixtureConfig(), [
  'sequential',
  'replay',
]);
if (!made.ok) throw new Error(made.problem);
const { study } = made;
const running = (id: string): StudyRecord => ({
  ...newStudy(id, study, '2026-11-29T00:00:00.000Z'),
  status: 'running',
});

let runs: Map<string, RunResult>;
let kept: Map<string, StudyRecord>;
let removed: string[];
let change: (change: StoreChange) => void;
let notices: Notices;

const shelf = <Kept>(all: () => Map<string, Kept>) => ({
  get: (id: string) => Promise.resolve(all().get(id) ?? null),
  list: () => Promise.resolve([...all().values()]),
  remove: (id: string) => {
    removed.push(id);
    all().delete(id);
    return Promise.resolve();
  },
});
const store = {
  usage: () => Promise.resolve({ used: 0, quota: null, kept: 0 }),
  persist: () => Promise.resolve(true),
  persisted: () => Promise.resolve(null),
  onChange: (listener: (change: StoreChange) => void) => {
    change = listener;
    return () => undefined;
  },
  runs: shelf(() => runs),
  studies: {
    ...shelf(() => kept),
    put: (record: StudyRecord) => {
      kept.set(record.id, record);
      return Promise.resolve();
    },
  },
  folders: { list: () => Promise.resolve([]) },
} as unknown as PageStore;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { locks: fakeLocks() });
  runs = new Map();
  kept = new Map([['s', running('s')]]);
  removed = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const time = (ms = 2000) => vi.advanceTimersByTimeAsync(ms);

/** @param measures whether checkpoints are being measured */
async function opened(measures = false) {
  notices = new Notices();
  const library: Library = new Library(() => null);
  const services = { trainer: () => Promise.reject(new Error('not asked here')) } as unknown as Services;
  const bench = new Bench(services, library, notices);
  await library.open(store);
  const studies = new Studies(
    () => Promise.resolve(store),
    bench,
    library,
    notices,
    () => measures,
  );
  await studies.open();
  return studies;
}

/** As another tab would. @returns lets go of it */
const held = async (id: string): Promise<() => void> => (await holdRun(id)) ?? (() => undefined);
const statuses = ({ list }: Studies) => list.map(({ status }) => status);

test('one that another tab works on is not deleted, and else its runs go before it', async () => {
  const letGo = await held(studyLock('s'));
  for (const id of [`${studyLock('s')}.a`, `${studyLock('s')}.b`, `${studyLock('s2')}.a`, 'r'])
    runs.set(id, fixtureRun({ id }));
  const studies = await opened();
  void studies.remove('s');
  await time();
  expect(notices.list.map(noticeText)).toEqual(['This study is going on in another tab, and stays.']);
  expect([removed, kept.size, studies.list.length]).toEqual([[], 1, 1]);
  letGo();
  await studies.remove('s');
  expect(removed).toEqual([`${studyLock('s')}.a`, `${studyLock('s')}.b`, 's']);
  expect([kept.size, studies.list.length, runs.size]).toEqual([0, 0, 2]);
  // Nothing of it is held any more.
  expect(await holdRun(studyLock('s'))).not.toBeNull();
});

test('the tab that worked on one is closed without a word', async () => {
  const letGo = await held(studyLock('s'));
  const studies = await opened();
  expect(statuses(studies)).toEqual(['running']);
  await time();
  expect(statuses(studies)).toEqual(['running']);
  letGo();
  await time();
  expect(statuses(studies)).toEqual(['interrupted']);
  // Another tab takes it up again later, and is closed too.
  const again = await held(studyLock('s'));
  change({ of: 'studies', id: 's' });
  await time();
  expect(statuses(studies)).toEqual(['running']);
  again();
  await time();
  expect(statuses(studies)).toEqual(['interrupted']);
});

test('to go on with one that another tab works on says so, and leaves it running', async () => {
  await held(studyLock('s'));
  const studies = await opened();
  studies.resume('s');
  await time();
  expect(notices.list.map(noticeText)).toEqual([
    'The study could not go on: This study is going on in another tab.',
  ]);
  expect([studies.going, statuses(studies)]).toEqual([null, ['running']]);
});

test('everything kept is deleted', async () => {
  const studies = await opened();
  expect(studies.list).toHaveLength(1);
  kept.clear();
  change({ of: 'all', id: '' });
  await time();
  expect(studies.list).toEqual([]);
});

/** Something has the trainer: nothing can be started, and to go on with the study costs it no cell. */
async function restsWithoutLoss(studies: Studies): Promise<void> {
  expect(studies.busy).toBe(true);
  studies.resume('s');
  await time();
  expect(notices.list.map(noticeText)).toEqual([
    'The study rests. Something else has the trainer. Go on with the study when that is over.',
  ]);
  expect([removed, kept.get('s')!.cells, statuses(studies)]).toEqual([[], [], ['interrupted']]);
}

test('what checkpoints are measured for meanwhile costs no cell', async () => {
  await restsWithoutLoss(await opened(true));
});

test('a file is not kept in the place of what became of its study later', async () => {
  const studies = await opened();
  const file = (updatedAt: string) =>
    new File([JSON.stringify({ ...running('s'), status: 'interrupted', updatedAt })], 's.json');
  await expect(studies.add(file('2026-11-28T00:00:00.000Z'))).rejects.toThrow('the file is older');
  expect(kept.get('s')!.status).toBe('running');
  await studies.add(file('2026-11-30T00:00:00.000Z'));
  expect(kept.get('s')!.updatedAt).toBe('2026-11-30T00:00:00.000Z');
});

test('nothing is started while another tab trains, and what is refused for it costs no cell', async () => {
  const studies = await opened();
  expect(studies.busy).toBe(false);
  runs.set('r', fixtureRun({ id: 'r', step: 100, status: 'running' }));
  await held('r');
  await restsWithoutLoss(await opened());
});
