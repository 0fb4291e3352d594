/** Which settings are tried: those that a person set are among them. */
import { describe, expect, test } from 'vitest';
import type { MethodInput } from '../methods';
import { parseStudyConfig, runCells, trialCells, trialsOf, type StudyConfigInput } from '.';

type MethodOfStudy = StudyConfigInput['methods'][number];

function study(entry: MethodOfStudy, count: number | null = 4) {
  const parsed = parseStudyConfig({
    version: 1,
    run: {
      version: 1,
      model: { source: 'bundled', name: 'pocket' },
      tasks: [{ id: 'a', name: 'a', metric: 'exact-match', data: { kind: 'sample', name: 'a' } }],
      plan: { stages: [{ task: 'a', steps: 10 }] },
      optimizer: { name: 'adamw', learningRate: 0.001 },
    },
    methods: [entry],
    seeds: [0],
    trials: count === null ? null : { count },
  } satisfies StudyConfigInput);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.study;
}

/** Rate and strength of each trial. */
const tried = (entry: MethodOfStudy, count = 4) => {
  const made = study(entry, count);
  return trialsOf(made, made.methods[0]!).map(({ learningRate, settings }) => [
    learningRate,
    ...Object.values(settings),
  ]);
};
const strengths = (method: MethodInput, count = 4) =>
  tried({ method }, count).map(([, strength]) => strength);

describe('strengths', () => {
  test('are the usual two where nothing is set', () => {
    expect(tried({ method: { name: 'ewc' } })).toEqual([
      [0.0005, 100],
      [0.0005, 10_000],
      [0.001, 100],
      [0.001, 10_000],
    ]);
    expect(strengths({ name: 'o-lora' })).toEqual([0.5, 5, 0.5, 5]);
  });

  test('are the one that is set at every rate, and in turn a lower and a higher one', () => {
    expect(tried({ method: { name: 'ewc', lambda: 5 } })).toEqual([
      [0.0005, 5],
      [0.0005, 0.05],
      [0.001, 5],
      [0.001, 500],
    ]);
    expect(strengths({ name: 'replay', ratio: 4 })).toEqual([4, 2, 4, 8]);
    expect(strengths({ name: 'o-lora', lambda: 2 })).toEqual([2, 0.2, 2, 20]);
    expect(strengths({ name: 'wise-ft', alpha: 0.75 })).toEqual([0.75, 0.5, 0.75, 0.9]);
    expect(strengths({ name: 'ema', decay: 0.9 })).toEqual([0.9, 0.69, 0.9, 0.973]);
    expect(strengths({ name: 'freezing', layers: 3 })).toEqual([3, 1, 3, 5]);
  });

  test('never leave what the setting allows, nor try one twice', () => {
    expect(strengths({ name: 'replay', ratio: 8 })).toEqual([8, 4, 8, 4]);
    expect(strengths({ name: 'multi-task', share: 0.95 })).toEqual([0.95, 0.86, 0.95, 0.86]);
    expect(strengths({ name: 'freezing', layers: 1 })).toEqual([1, 3, 1, 3]);
    // Nothing is a factor away from 0.
    expect(strengths({ name: 'ewc', lambda: 0 })).toEqual([0, 100, 0, 10_000]);
    expect(strengths({ name: 'wise-ft', alpha: 1 })).toEqual([1, 0.5, 1, 0.75]);
  });
});

describe('learning rates', () => {
  test('lie around the one given, which is one of them however few there are', () => {
    expect(tried({ method: { name: 'sequential' } })).toEqual([[0.00025], [0.0005], [0.001], [0.002]]);
    expect(tried({ method: { name: 'sequential' } }, 1)).toEqual([[0.001]]);
    expect(tried({ method: { name: 'ewc', lambda: 5 } }, 2)).toEqual([
      [0.001, 5],
      [0.001, 0.05],
    ]);
    const change = { optimizer: { learningRate: 0.00123 } };
    expect(tried({ method: { name: 'sequential' }, change }, 3)).toEqual([[0.00031], [0.00061], [0.00123]]);
  });

  test('of a method that brings its own are its own, with trials and without', () => {
    const own: MethodOfStudy = {
      method: { name: 'sequential' },
      change: { optimizer: { name: 'adamw', learningRate: 0.02 } },
    };
    expect(runCells(study(own, null), [])[0]!.config.optimizer.learningRate).toBe(0.02);
    expect(trialCells(study(own)).map(({ config }) => config.optimizer.learningRate)).toEqual([
      0.005, 0.01, 0.02, 0.04,
    ]);
    const other = { ...own, change: { optimizer: { name: 'adafactor', learningRate: 0.02 } } };
    expect(runCells(study(other, null), [])[0]!.config.optimizer).toMatchObject({
      name: 'adafactor',
      learningRate: 0.02,
    });
    const named = { ...own, trials: [{ learningRate: 0.3 }] };
    expect(trialCells(study(named, 1))[0]!.config.optimizer.learningRate).toBe(0.3);
  });
});

describe('what a study refuses', () => {
  test('more trials than a method has settings of its own to try, which would never all be done', () => {
    expect(tried({ method: { name: 'sequential' } }, 8)).toHaveLength(8);
    expect(() => study({ method: { name: 'sequential' } }, 9)).toThrow(
      'has 8 usual settings to try, not 9; list its trials',
    );
    expect(tried({ method: { name: 'ewc' } }, 16)).toHaveLength(16);
    const own = Array.from({ length: 9 }, (_, i) => ({ learningRate: 0.001 * (i + 1) }));
    expect(tried({ method: { name: 'sequential' }, trials: own }, 9)).toHaveLength(9);
  });

  test('a method with tasks or a plan of its own', () => {
    expect(() => study({ method: { name: 'sequential' }, change: { plan: { stages: [] } } })).toThrow(
      'a study has one for all methods',
    );
  });
});

test('a trial is evaluated as the method changes it', () => {
  const made = study({ method: { name: 'sequential' }, change: { evaluation: { maxNewTokens: 8 } } });
  const [first] = trialCells(made);
  expect(first!.config.evaluation).toMatchObject({ maxNewTokens: 8, testExamples: 1 });
});
