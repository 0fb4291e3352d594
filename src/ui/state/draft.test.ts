import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRunConfig, type RunConfig } from '../../run/config';
import type { RunResult } from '../../run/result';
import { changes } from '../run/headline';
import { fixtureConfig } from '../testing/fixture';
import { Draft } from './draft.svelte';

const rows = { train: 600, validation: 100, test: 200 };
const none = () => Promise.reject(new Error('not asked'));
function draft(demo: () => Promise<RunConfig> = none) {
  const made = new Draft({ samples: () => Promise.resolve([]), load: none, demo, recorded: none });
  made.offer(fixtureConfig().tasks.map((task) => ({ task, description: '', rows })));
  return made;
}

/** With the proposal in place. */
async function proposed(demo?: () => Promise<RunConfig>) {
  const made = draft(demo);
  made.propose();
  await expect.poll(() => made.config).not.toBeNull();
  return made;
}

const served = (name: string): unknown =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../public', name), 'utf8'));

describe('Draft', () => {
  it('proposes the demo, a run of which was seen to forget', async () => {
    const parsed = parseRunConfig(served('plans/demo.json'));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { name, ...demo } = parsed.config;
    const made = await proposed(() => Promise.resolve(parsed.config));
    expect(made.form.name).toBe('');
    expect(name).toBeDefined();
    expect(made.config).toEqual(demo);

    const recorded = served('recorded/demo.json') as RunResult;
    expect({ ...recorded.config, backend: 'auto', name }).toEqual({ ...demo, name });
    const lost = changes(recorded).map(({ task, gain }) => [task.id, gain <= -25]);
    expect(lost).toEqual([
      ['commands', true],
      ['topics', true],
      ['reviews', false],
    ]);
  });

  it('leaves alone what was set up before the demo was read', async () => {
    let answer: (config: RunConfig) => void = () => undefined;
    const made = draft(() => new Promise((resolve) => (answer = resolve)));
    made.propose();
    made.setRole('tickets', 'train');
    answer(fixtureConfig());
    await new Promise((resolve) => setTimeout(resolve));
    expect(made.config?.plan.stages.map(({ task }) => task)).toEqual(['tickets']);
  });

  it('keeps what was changed by hand before the demo was read', async () => {
    let answer: (config: RunConfig) => void = () => undefined;
    const made = draft(() => new Promise((resolve) => (answer = resolve)));
    made.propose();
    made.setLora(true);
    made.setLoraField('rank', 4);
    made.set('seed', 31);
    const demo = fixtureConfig({ optimizer: { name: 'adamw', learningRate: 0.004 } });
    answer(demo);
    await expect.poll(() => made.config?.plan).toEqual(demo.plan);
    expect(made.config).toMatchObject({ seed: 31, lora: { rank: 4 }, optimizer: { learningRate: 0.004 } });
    expect(made.config?.method).toEqual(demo.method);
  });

  it('proposes two tasks where the demo cannot be read', async () => {
    const made = await proposed();
    expect(made.config?.plan).toEqual({
      stages: [
        { task: 'reviews', steps: 60 },
        { task: 'tickets', steps: 60 },
      ],
      watched: [],
    });
    expect([made.totalSteps, made.bands.map((b) => [b.from, b.to])]).toEqual([
      120,
      [
        [0, 60],
        [60, 120],
      ],
    ]);
    made.moveStage(1, 0);
    expect(made.config?.plan.stages.map((s) => s.task)).toEqual(['tickets', 'reviews']);
  });

  it('counts epochs in steps and points at the field that is wrong', async () => {
    const made = await proposed();
    made.editStage(0, { unit: 'epochs', amount: 2 });
    expect(made.totalSteps).toBe(150 + 60);
    made.editStage(0, { amount: null });
    made.set('batchSize', 0);
    expect(Object.keys(made.problems.fields)).toEqual(['stage-0', 'batchSize']);
    expect([made.totalSteps, made.config]).toEqual([null, null]);
  });

  it('asks for savings, of each task but the last, and counts the steps', async () => {
    const made = await proposed();
    expect([made.relearnt, made.relearningSteps]).toEqual([[], 0]);
    made.setRelearn(30);
    expect(made.config?.plan.relearn).toEqual({ steps: 30 });
    expect([made.relearnt, made.relearningSteps]).toEqual([['reviews'], 30]);
    made.setMethod('joint');
    expect([made.relearnt, made.relearningSteps]).toEqual([[], 0]);
    made.setRelearn(0);
    expect(made.problems.fields).toEqual({ relearn: 'must be at least 1, not 0' });
    made.setRelearn(null);
    expect(made.config?.plan.relearn).toBeUndefined();
  });

  it('sets up like another run, tasks it did not know included', () => {
    const made = draft();
    const config = fixtureConfig({ seed: 42 });
    const own = { ...config.tasks[0]!, id: 'own', name: 'Own' };
    const other = { ...config, tasks: [own], plan: { stages: [{ task: 'own', steps: 9 }], watched: [] } };
    made.like(other);
    expect(made.config).toEqual({ ...other, tasks: [own] });
    expect(made.choices.map((c) => c.task.id)).toEqual(['own', 'reviews', 'tickets', 'dialogue']);
    made.withdraw('own');
    expect([made.config, made.choices.length]).toEqual([null, 3]);
  });
});
