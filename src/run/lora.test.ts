import { describe, expect, test } from 'vitest';
import { parseRunConfig, type RunConfigInput } from './config';
import { adapterEachTask } from './lora';

const parse = (changes: Partial<RunConfigInput>) =>
  parseRunConfig({
    version: 1,
    model: { source: 'bundled', name: 'tiny' },
    tasks: ['a', 'b'].map((id) => ({ id, name: id, metric: 'loss', data: { kind: 'sample', name: id } })),
    plan: {
      stages: [
        { task: 'a', steps: 1 },
        { task: 'b', steps: 1 },
      ],
    },
    optimizer: { name: 'adamw', learningRate: 0.01 },
    ...changes,
  });
const config = (changes: Partial<RunConfigInput>) => {
  const parsed = parse(changes);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
};
const problems = (changes: Partial<RunConfigInput>) => {
  const parsed = parse(changes);
  return parsed.ok ? [] : parsed.problems;
};

const usual = { rank: 8, alpha: 16, dropout: 0, targets: ['q', 'v'], adapters: 'shared', base: 'f32' };

test('all weights train unless a config says otherwise; what it leaves open has usual values', () => {
  expect('lora' in config({})).toBe(false);
  expect(config({ lora: {} }).lora).toEqual(usual);
  expect(config({ lora: { rank: 2, targets: ['wi'] } }).lora).toEqual({ ...usual, rank: 2, targets: ['wi'] });
});

test('O-LoRA means adapters, and a filled-in config is read again the same', () => {
  const filled = config({ method: { name: 'o-lora' } });
  expect(filled).toMatchObject({ method: { name: 'o-lora', lambda: 0.5 }, lora: usual });
  expect(config(filled)).toEqual(filled);
  expect(config({ method: { name: 'o-lora' }, lora: { rank: 3 } }).lora).toMatchObject({ rank: 3 });
});

test.each([
  [{ rank: 0 }, 'lora.rank', /1/],
  [{ rank: 1.5 }, 'lora.rank', /integer/],
  [{ alpha: 0 }, 'lora.alpha', />=/],
  [{ dropout: 1 }, 'lora.dropout', /0.9/],
  [{ targets: [] }, 'lora.targets', /at least one of q, k, v, o, wi, wo/],
  [{ targets: ['q', 'q'] }, 'lora.targets', /named twice/],
  [{ targets: ['query'] }, 'lora.targets.0', /"q" \| "k"/],
  [{ adapters: 'many' }, 'lora.adapters', /"shared" \| "per-task"/],
  [{ base: 'int8' }, 'lora.base', /"f32" \| "f16"/],
])('refuses %j at its own path', (lora, path, message) => {
  const found = problems({ lora } as unknown as Partial<RunConfigInput>);
  expect(found).toHaveLength(1);
  expect(found[0]!.path).toBe(path);
  expect(found[0]!.message).toMatch(message);
});

describe('what does not go together is refused, both named', () => {
  const own = { adapters: 'per-task' } as const;
  test.each([
    'joint',
    'multi-task',
    'replay',
    'der++',
    'a-gem',
    'lwf',
    'ewc',
    'l2-sp',
    'o-lora',
    'soup',
  ] as const)('%s with one adapter a task', (name) => {
    const found = problems({ method: { name }, lora: own });
    expect(found).toHaveLength(1);
    expect(found[0]!.message).toContain(`${name} and lora.adapters per-task`);
    expect(problems({ method: { name }, lora: {} })).toEqual([]);
  });

  test('freezing, which LoRA does to every weight; and learning again what is not forgotten', () => {
    const [freezing] = problems({ method: { name: 'freezing' }, lora: {} });
    expect(freezing!.message).toMatch(/freezing and lora.*lora\.targets/);
    const stages = [{ task: 'a', steps: 1 }];
    const [again] = problems({ lora: own, plan: { stages, relearn: { steps: 3 } } });
    expect(again!.message).toMatch(/plan\.relearn and lora\.adapters per-task/);
    expect(problems({ lora: {}, plan: { stages, relearn: { steps: 3 } } })).toEqual([]);
  });

  test.each(['sequential', 'wise-ft', 'ema'] as const)('while %s is fine', (name) => {
    expect(problems({ method: { name }, lora: own })).toEqual([]);
  });
});

test('tasks answer with adapters of their own where each has one, and not with O-LoRA’s, which add up', () => {
  expect(adapterEachTask(config({ lora: { adapters: 'per-task' } }))).toBe(true);
  for (const shared of [{}, { lora: {} }, { method: { name: 'o-lora' as const } }])
    expect(adapterEachTask(config(shared))).toBe(false);
});
