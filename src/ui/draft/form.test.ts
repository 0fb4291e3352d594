import { describe, expect, it } from 'vitest';
import type { RunConfigInput } from '../../run/config';
import { fixtureConfig } from '../testing/fixture';
import { carriedWords } from './carried';
import {
  answerTokens,
  checkForm,
  configToForm,
  DEFAULT_SETTINGS,
  formToConfig,
  placeProblems,
  type Form,
} from './form';

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
  relearn: null,
  method: { name: 'sequential', settings: {} },
  lora: null,
  settings: DEFAULT_SETTINGS,
  carried: {},
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
  it('knows how long answers are where nothing is said', () => {
    const checked = checkForm(form(settings({ maxTargetTokens: null })));
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    expect(answerTokens({ maxTargetTokens: null })).toBe(checked.config.maxTargetTokens);
    expect(answerTokens({ maxTargetTokens: 5 })).toBe(5);
  });
  it('comes back from a config as it went in', () => {
    const config = fixtureConfig({ name: 'mine', backend: 'wasm', dropout: 0.1 });
    const checked = checkForm(configToForm(config));
    expect(checked).toEqual({ ok: true, config });
  });
});

describe('what no field shows', () => {
  const adamw = { name: 'adamw' as const, learningRate: 5e-4, beta1: 0.8, beta2: 0.98, epsilon: 1e-6 };
  const adafactor = {
    name: 'adafactor' as const,
    learningRate: 1e-3,
    schedule: { name: 'linear' as const, warmupSteps: 5 },
    clipNorm: 0,
    weightDecay: 0.01,
    decayRate: -0.7,
    clipThreshold: 2,
  };
  const stages = [
    { task: 'reviews', steps: 20 },
    { task: 'tickets', epochs: 1.5 },
  ];
  const full = (change: Partial<RunConfigInput> = {}) =>
    fixtureConfig({
      name: 'Full',
      model: { source: 'hub', id: 'google/t5-efficient-tiny', revision: 'abc' },
      plan: {
        stages,
        watched: ['dialogue'],
        rehearsed: ['dialogue'],
        relearn: { steps: 30 },
        equalTokens: true,
      },
      method: { name: 'der++', capacity: 50 },
      optimizer: adamw,
      batchSize: 6,
      accumulate: 3,
      checkpointActivations: true,
      maxSourceTokens: 50,
      maxTargetTokens: 9,
      dropout: 0.2,
      evaluation: {
        everySteps: 7,
        examples: 8,
        testExamples: 9,
        batchSize: 10,
        maxNewTokens: 11,
        beams: 2,
        samples: 3,
        knowledge: { examples: 5, labels: 20 },
      },
      seed: 4,
      fork: { runId: 'r', checkpointId: 'stage-1' },
      backend: 'wasm',
      ...change,
    });

  it.each([
    ['all weights', {}],
    ['Adafactor', { optimizer: adafactor, checkpointActivations: false }],
    ['LoRA', { lora: { rank: 3, dropout: 0.1, targets: ['wo'], base: 'f16' } }],
    [
      'an adapter a task',
      { lora: { adapters: 'per-task' }, method: { name: 'ema' }, plan: { stages, watched: ['dialogue'] } },
    ],
    ['O-LoRA', { method: { name: 'o-lora' } }],
    ['joint training', { method: { name: 'joint' } }],
    ['what a config holds at least', { accumulate: undefined, fork: undefined, evaluation: {} }],
  ] satisfies [string, Partial<RunConfigInput>][])('goes through the form as it came: %s', (_, change) => {
    const config = full(change);
    expect(checkForm(configToForm(config))).toEqual({ ok: true, config });
  });

  it('is said, where it is not what a run has anyway', () => {
    expect(carriedWords(configToForm(full()))).toEqual([
      'goes on from a checkpoint of another run',
      'as many tokens as plain fine-tuning, in fewer steps',
      'micro-batches of 3',
      'activations computed again',
      'β₁ 0.8',
      'β₂ 0.98',
      'ε 0.000001',
      '20 labels compared for knowledge',
    ]);
    const other = full({ optimizer: adafactor, checkpointActivations: false, fork: undefined });
    expect(carriedWords(configToForm(other))).toEqual(
      expect.arrayContaining(['activations kept', 'decay rate -0.7', 'clip threshold 2']),
    );
    expect(carriedWords(configToForm(fixtureConfig()))).toEqual([]);
  });

  it('holds for its own optimizer alone', () => {
    const made = configToForm(full());
    const changed = checkForm({ ...made, settings: { ...made.settings, optimizer: 'adafactor' } });
    if (!changed.ok) throw new Error(JSON.stringify(changed.problems));
    expect(changed.config.optimizer).toMatchObject({ decayRate: -0.8, clipThreshold: 1 });
    expect(changed.config.optimizer).not.toHaveProperty('beta1');
  });

  it('goes on from a checkpoint only with the plan of the run that keeps it', () => {
    const made = configToForm(full());
    const forkOf = (change: Partial<Form>) => formToConfig({ ...made, ...change }).fork;
    expect(forkOf({ method: { name: 'ewc', settings: {} } })).toEqual({
      runId: 'r',
      checkpointId: 'stage-1',
    });
    expect(forkOf({ stages: made.stages.slice(0, 1) })).toBeUndefined();
    expect(forkOf({ settings: { ...made.settings, batchSize: 5 } })).toBeUndefined();
    expect(forkOf({ settings: { ...made.settings, testExamples: 5 } })).toBeUndefined();
    expect(carriedWords({ ...made, relearn: 5 })).not.toContain('goes on from a checkpoint of another run');
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
