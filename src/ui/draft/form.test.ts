import { describe, expect, it } from 'vitest';
import { fixtureConfig } from '../testing/fixture';
import { checkForm, configToForm, DEFAULT_SETTINGS, formToConfig, placeProblems, type Form } from './form';

const form = (change: Partial<Form> = {}): Form => ({
  name: '',
  model: { source: 'bundled', name: 'pocket' },
  backend: 'auto',
  tasks: fixtureConfig().tasks,
  stages: [
    { task: 'reviews', unit: 'steps', amount: 100 },
    { task: 'tickets', unit: 'epochs', amount: 0.5 },
  ],
  watched: [],
  rehearsed: [],
  method: { name: 'sequential', settings: {} },
  lora: null,
  settings: DEFAULT_SETTINGS,
  ...change,
});
const problemsOf = (change: Partial<Form>) => {
  const checked = checkForm(form(change));
  return checked.ok ? null : checked.problems;
};
const settings = (change: Partial<Form['settings']>) => ({ settings: { ...DEFAULT_SETTINGS, ...change } });

describe('formToConfig', () => {
  it('makes a valid config that holds only the tasks of the plan', () => {
    const checked = checkForm(form());
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    expect(checked.config.tasks.map((t) => t.id)).toEqual(['reviews', 'tickets']);
    expect(checked.config.plan.stages).toEqual([
      { task: 'reviews', steps: 100 },
      { task: 'tickets', epochs: 0.5 },
    ]);
    expect(checked.config.optimizer).toMatchObject({ name: 'adamw', learningRate: 0.001, beta1: 0.9 });
    expect('name' in checked.config).toBe(false);
  });
  it('leaves empty fields to their defaults', () => {
    const input = formToConfig(form(settings({ batchSize: null, everySteps: null, dropout: null })));
    expect('batchSize' in input || 'dropout' in input).toBe(false);
    expect(input.evaluation).not.toHaveProperty('everySteps');
  });
  it('comes back from a config as it went in', () => {
    const config = fixtureConfig({ name: 'mine', backend: 'wasm', dropout: 0.1 });
    const checked = checkForm(configToForm(config));
    expect(checked).toEqual({ ok: true, config });
  });
});

describe('the method', () => {
  it('keeps what was filled in and leaves the rest to its defaults', () => {
    const method = { name: 'replay' as const, settings: { count: 10, ratio: null, memory: 'count' } };
    const checked = checkForm(form({ method }));
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    expect(checked.config.method).toMatchObject({ name: 'replay', count: 10, ratio: 1, capacity: 200 });
    expect(checkForm(configToForm(checked.config))).toEqual(checked);
  });
  it('has its problems by its own fields', () => {
    const method = { name: 'ewc' as const, settings: { lambda: -1, samples: 1.5 } };
    expect(problemsOf({ method })).toEqual({
      fields: {
        'method.lambda': 'must be at least 0, not -1',
        'method.samples': 'must be a whole number, not 1.5',
      },
      rest: [],
    });
  });
});

describe('LoRA', () => {
  it('is in the config where it is chosen, with what was filled in, and comes back', () => {
    const trained = (lora: Form['lora'], name: 'sequential' | 'o-lora' = 'sequential') => {
      const checked = checkForm(form({ lora, method: { name, settings: {} } }));
      if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
      expect(checkForm(configToForm(checked.config))).toEqual(checked);
      return checked.config.lora;
    };
    expect(trained(null)).toBeUndefined();
    expect(trained({ rank: 4, alpha: null, targets: ['q', 'wo'] })).toMatchObject({
      rank: 4,
      alpha: 16,
      targets: ['q', 'wo'],
    });
    expect(trained(null, 'o-lora')).toMatchObject({ rank: 8 });
  });
  it('has its problems by its own fields, and what does not go together in words', () => {
    expect(problemsOf({ lora: { rank: 0, targets: [] } })!.fields).toEqual({
      'lora.rank': 'must be at least 1, not 0',
      'lora.targets': 'an adapter goes beside at least one of q, k, v, o, wi, wo',
    });
    const method = { name: 'freezing' as const, settings: {} };
    expect(problemsOf({ method, lora: {} })!.rest[0]).toMatch(/^freezing and lora/);
  });
});

describe('problems', () => {
  it('stand by the field that is wrong, in plain words', () => {
    expect(
      problemsOf({
        ...settings({ learningRate: null, batchSize: 0, seed: 1.5, dropout: 2 }),
        stages: [{ task: 'reviews', unit: 'steps', amount: null }],
      }),
    ).toEqual({
      fields: {
        learningRate: 'needs a value',
        batchSize: 'must be at least 1, not 0',
        seed: 'must be a whole number, not 1.5',
        dropout: 'must be at most 0.9, not 2',
        'stage-0': 'give either steps or epochs',
      },
      rest: [],
    });
  });
  it('ask for a task to train, once', () => {
    expect(problemsOf({ stages: [] })).toEqual({
      fields: {},
      rest: ['Choose at least one task to train.'],
    });
  });
  it('that belong to no field are told with their path', () => {
    expect(placeProblems([{ path: 'model.path', message: 'too long' }]).rest).toEqual([
      'model.path: too long',
    ]);
  });
});
