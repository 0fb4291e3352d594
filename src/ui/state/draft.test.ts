import { describe, expect, it } from 'vitest';
import { fixtureConfig } from '../testing/fixture';
import { Draft } from './draft.svelte';

const rows = { train: 600, validation: 100, test: 200 };
function draft() {
  const tasks = {
    samples: () => Promise.resolve([]),
    load: () => Promise.reject(new Error('not asked')),
    demo: () => Promise.reject(new Error('not asked')),
    recorded: () => Promise.reject(new Error('not asked')),
  };
  const made = new Draft(tasks);
  made.offer(fixtureConfig().tasks.map((task) => ({ task, description: '', rows })));
  return made;
}

describe('Draft', () => {
  it('proposes a plan that can be run as it is', () => {
    const made = draft();
    expect(made.config).toBeNull();
    made.propose();
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

  it('counts epochs in steps and points at the field that is wrong', () => {
    const made = draft();
    made.propose();
    made.editStage(0, { unit: 'epochs', amount: 2 });
    expect(made.totalSteps).toBe(150 + 60);
    made.editStage(0, { amount: null });
    made.set('batchSize', 0);
    expect(Object.keys(made.problems.fields)).toEqual(['stage-0', 'batchSize']);
    expect([made.totalSteps, made.config]).toEqual([null, null]);
  });

  it('sets up like another run, tasks it did not know included', () => {
    const made = draft();
    const config = fixtureConfig({ seed: 42 });
    const own = { ...config.tasks[0]!, id: 'own', name: 'Own' };
    const other = { ...config, tasks: [own], plan: { stages: [{ task: 'own', steps: 9 }], watched: [] } };
    made.like(other);
    expect(made.config).toEqual({ ...other, tasks: [own] });
    expect(made.choices.map((c) => c.task.id)).toEqual(['reviews', 'tickets', 'dialogue', 'own']);
    made.withdraw('own');
    expect([made.config, made.choices.length]).toEqual([null, 3]);
  });
});
