import { describe, expect, test } from 'vitest';
import type { CheckpointMeta } from '../../run/checkpoint';
import { methodDefaults } from '../../run/methodGuide';
import { runView } from '../charts/view';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { methodsFrom, nearestPlace, partedFrom, rewindPlaces, rewound } from './rewind';

const kept = (runId: string, stage: number, place: 'stage' | 'step' = 'stage'): CheckpointMeta => ({
  runId,
  checkpointId: `${place}-${stage}`,
  place,
  stage,
  step: stage * 200,
  runName: runId,
});
const run = fixtureRun({ id: 'a' });
const checkpoints = [kept('a', 2), kept('a', 1), kept('other', 1), { ...kept('a', 0, 'step'), step: 130 }];
const find = (id: string) => (id === 'a' ? run : undefined);
const fork = fixtureRun({
  id: 'b',
  config: { ...fixtureConfig(), fork: { runId: 'a', checkpointId: 'stage-1' } },
});

describe('places to go back to', () => {
  test('are the start and the ends of stages before the last', () => {
    const places = rewindPlaces(run, checkpoints, find);
    expect(places.map(({ step, label }) => [step, label])).toEqual([
      [0, 'the start of the plan'],
      [200, 'the end of Reviews, step 200'],
    ]);
    expect([0, 99, 100, 101, 390].map((step) => nearestPlace(places, step))).toEqual([0, 0, 0, 1, 1]);
    const damaged = [{ ...kept('a', 1), damaged: 'cut' }];
    expect(rewindPlaces(run, damaged, find)).toHaveLength(1);
  });

  test('of a fork are its own, and before it those of the run that it came from', () => {
    const three = { ...fork, totalSteps: 600 };
    const all = [...checkpoints, kept('b', 2)];
    const places = rewindPlaces(three, all, (id) => (id === 'a' ? { ...run, totalSteps: 600 } : undefined));
    expect(places.map(({ from }) => from?.runId ?? null)).toEqual([null, 'a', 'b']);
    const circle = { ...run, config: { ...run.config, fork: { runId: 'a', checkpointId: 'stage-1' } } };
    expect(rewindPlaces(circle, checkpoints, () => circle)).toHaveLength(2);
  });
});

test('what goes on from there is the same plan with another method, where that can be', () => {
  const [start, end] = rewindPlaces(run, checkpoints, find);
  expect(rewound(run, end!, methodDefaults('lwf'))).toMatchObject({
    method: { name: 'lwf' },
    fork: { runId: 'a', checkpointId: 'stage-1' },
    plan: run.config.plan,
  });
  expect(rewound(fork, start!, methodDefaults('lwf'))).not.toHaveProperty('fork');
  expect(methodsFrom(run, start!)).toContain('joint');
  expect(methodsFrom(run, end!)).toEqual(expect.arrayContaining(['sequential', 'replay', 'ewc', 'soup']));
  expect(methodsFrom(run, end!)).not.toEqual(expect.arrayContaining(['joint']));
  expect(methodsFrom(run, end!)).not.toEqual(expect.arrayContaining(['o-lora']));
  const joint = fixtureRun({ config: fixtureConfig({ method: { name: 'joint' } }) });
  expect(methodsFrom(joint, end!)).toEqual(['joint']);
  // Adapters that O-LoRA is made of are none of another method's; those that were chosen are.
  const olora = fixtureRun({ config: fixtureConfig({ method: { name: 'o-lora' } }) });
  expect(rewound(olora, start!, methodDefaults('sequential'))).not.toHaveProperty('lora');
  expect(rewound(olora, start!, methodDefaults('o-lora'))).toMatchObject({ lora: { rank: 8 } });
  const lora = fixtureRun({ config: fixtureConfig({ lora: {} }) });
  expect(rewound(lora, end!, methodDefaults('lwf'))).toMatchObject({ lora: { rank: 8 } });
});

test('a fork and the run that it came from are drawn on one chart, from where they part', () => {
  const [parent] = partedFrom(fork, [fork, run], checkpoints);
  expect(parent).toMatchObject({ at: 200, label: 'Sequential' });
  expect(partedFrom(run, [fork, run], checkpoints).map((other) => other.run.id)).toEqual(['b']);
  expect(partedFrom(fork, [fork, run], [])).toEqual([]);
  const view = runView(fork, 'score', [parent!]);
  const own = runView(fork, 'score');
  expect(view.lines).toHaveLength(2 * own.lines.length);
  const theirs = view.lines.filter((line) => line.thin);
  expect(theirs.every((line) => line.points[0]?.x === 200)).toBe(true);
  expect(theirs[0]!.end).toMatch(/^Reviews \d+, Sequential$/);
});
