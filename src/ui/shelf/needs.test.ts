/** What the shelf may free: nothing that is needed goes without a word, nothing that is in use goes at all. */
import { describe, expect, it } from 'vitest';
import type { RunResult, RunStatus } from '../../run/result';
import type { StudyRecord } from '../../run/study';
import type { FolderManifest } from '../../store/types';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { shelfItems } from './items';
import { needsOf } from './needs';

const folder = (id: string, kind: FolderManifest['kind'], meta: object = {}): FolderManifest => ({
  version: 1,
  id,
  kind,
  createdAt: '2026-11-29T00:00:00.000Z',
  bytes: 10,
  chunkBytes: 10,
  files: [],
  meta: { ...meta },
});
const checkpoint = (runId: string, id: string, step: number, more: object = {}): FolderManifest =>
  folder(`run/${runId}/${id}`, 'checkpoint', {
    runId,
    checkpointId: id,
    place: id === 'latest' ? 'step' : 'stage',
    stage: step > 200 ? 2 : 1,
    step,
    runName: runId,
    ...more,
  });
const run = (id: string, status: RunStatus, change: Partial<RunResult['config']> = {}): RunResult => ({
  ...fixtureRun({ id, status, config: { ...fixtureConfig(), ...change } }),
  name: id,
});
const stored = { source: 'stored', id: 'local/mine' } as const;
const { lora } = fixtureConfig({ lora: {} });
const ownData = fixtureConfig().tasks.map((task, i) =>
  i === 0
    ? {
        ...task,
        data: { kind: 'stored' as const, id: 'dataset/mine', mapping: { input: '{a}', target: '{b}' } },
      }
    : task,
);
const names = (runs: RunResult[], checkpoints: FolderManifest[] = [], studies: StudyRecord[] = []) => {
  const needs = needsOf({ runs, checkpoints, studies });
  return (id: string) => needs(id).map(({ name, going }) => `${name}${going ? '!' : ''}`);
};

describe('what is needed', () => {
  it.each([
    ['running', ['r!']],
    ['paused', ['r!']],
    ['interrupted', ['r']],
    ['stopped', ['r']],
    ['failed', ['r']],
    ['finished', []],
  ] as const)(
    'by a run that is %s: its data, and the checkpoint that it goes on from',
    (status, expected) => {
      const kept = [checkpoint('r', 'stage-1', 200), checkpoint('r', 'latest', 250)];
      const who = names([run('r', status, { tasks: ownData })], kept);
      expect(who('dataset/mine')).toEqual(expected);
      expect(who('run/r/latest')).toEqual(expected);
      expect(who('run/r/stage-1')).toEqual([]);
      expect(who('dataset/other')).toEqual([]);
    },
  );

  it('not by a checkpoint that was set aside: the one before it is', () => {
    const kept = [checkpoint('r', 'stage-1', 200), checkpoint('r', 'latest', 250, { damaged: 'chunk 1' })];
    const who = names([run('r', 'interrupted')], kept);
    expect(who('run/r/latest')).toEqual([]);
    expect(who('run/r/stage-1')).toEqual(['r']);
  });

  it('the model, until a checkpoint has its weights; beside adapters always', () => {
    const kept = [checkpoint('r', 'stage-1', 200)];
    expect(names([run('r', 'stopped', { model: stored })])('local/mine')).toEqual(['r']);
    expect(names([run('r', 'stopped', { model: stored })], kept)('local/mine')).toEqual([]);
    expect(
      names([run('r', 'stopped', { model: stored, ...(lora && { lora }) })], kept)('local/mine'),
    ).toEqual(['r']);
  });

  it('another run’s checkpoint, and with it that run', () => {
    const kept = [checkpoint('base', 'stage-1', 200)];
    const model = { source: 'checkpoint', runId: 'base', checkpointId: 'stage-1' } as const;
    const fork = { runId: 'base', checkpointId: 'stage-1' };
    for (const change of [{ model }, { fork }]) {
      const who = names([run('base', 'finished'), run('r', 'stopped', change)], kept);
      expect(who('run/base/stage-1')).toEqual(['r']);
      expect(who('base')).toEqual(['r']);
    }
  });

  it('by a study that is not done', () => {
    const study = (status: StudyRecord['status']) =>
      ({
        id: 's',
        name: 's',
        status,
        study: { run: { ...fixtureConfig(), tasks: ownData, model: stored } },
      }) as StudyRecord;
    expect(names([], [], [study('running')])('dataset/mine')).toEqual(['s!']);
    expect(names([], [], [study('interrupted')])('local/mine')).toEqual(['s']);
    expect(names([], [], [study('finished')])('dataset/mine')).toEqual([]);
  });
});

describe('the shelf', () => {
  const kept = {
    runs: [run('r', 'stopped', { tasks: ownData, model: stored }), run('going', 'running')],
    checkpoints: [checkpoint('going', 'stage-1', 200)],
    datasets: [folder('dataset/mine', 'dataset'), folder('dataset/free', 'dataset')],
    models: [folder('local/mine', 'model', { label: 'mine' })],
  };

  it('locks what is in use, and names who could not go on without what is not', () => {
    const { runs, checkpoints, datasets, models } = shelfItems(kept);
    expect(runs.map(({ id, locked }) => [id, locked])).toEqual([
      ['r', false],
      ['going', true],
    ]);
    expect(checkpoints[0]).toMatchObject({ locked: true });
    expect(datasets.map(({ needed, locked }) => [needed, locked])).toEqual([
      [['r'], false],
      [[], false],
    ]);
    expect(models[0]).toMatchObject({ needed: ['r'], locked: false });
  });

  it('heeds runs of studies, which have no line of their own', () => {
    const runs = [run('cell', 'running', { tasks: ownData })];
    expect(shelfItems({ ...kept, runs: [] }, { runs }).datasets[0]).toMatchObject({ locked: true });
  });
});
