/** What holds for every method: settings that turn it off leave plain fine-tuning, and a resumed run is exact. */
import { describe, expect, test } from 'vitest';
import { methodNames } from '../../run/methodGuide';
import type { MethodInput } from '../../run/methods';
import { runTiny, tinyConfig } from './tinyPlan';

const run = (method: MethodInput, more: Parameters<typeof tinyConfig>[0] = {}) =>
  runTiny(tinyConfig({ method, ...more }));

describe('turned off, equal to sequential bit for bit', () => {
  const off: MethodInput[] = [
    { name: 'multi-task', share: 0 },
    { name: 'replay', count: 0 },
    { name: 'replay', memory: 'share', share: 0 },
    { name: 'replay', memory: 'reservoir', capacity: 0 },
    { name: 'replay', ratio: 0 },
    { name: 'der++', capacity: 0 },
    { name: 'der++', alpha: 0, beta: 0 },
    { name: 'a-gem', count: 0 },
    { name: 'lwf', lambda: 0 },
    { name: 'ewc', lambda: 0, samples: 3 },
    { name: 'ewc', mode: 'separate', lambda: 0, samples: 3, fisher: 'empirical' },
    { name: 'l2-sp', alpha: 0 },
    { name: 'freezing', embeddings: false },
    { name: 'wise-ft', alpha: 1 },
    { name: 'ema', decay: 0 },
  ];
  const plain = run({ name: 'sequential' });

  test.each(off)('%j', async (method) => {
    const [wanted, found] = [await plain, await run(method)];
    expect(found.weights).toEqual(wanted.weights);
    expect(found.record.losses).toEqual(wanted.record.losses);
    expect(found.record.matrix).toEqual(wanted.record.matrix);
  });
});

/** Settings strong enough to show in weights after three steps. */
const strong: MethodInput[] = methodNames.map((name) => {
  const more = {
    ewc: { lambda: 1000, samples: 4 },
    'l2-sp': { alpha: 1 },
    'der++': { alpha: 1, capacity: 5 },
    'a-gem': { sample: 4 },
    freezing: { layers: 1 },
  } as Record<string, object>;
  return { name, ...more[name] };
});
const variants: MethodInput[] = [
  { name: 'ewc', mode: 'separate', fisher: 'empirical', lambda: 1000, samples: 4 },
  { name: 'ewc', gamma: 0.5, lambda: 1000, samples: 4 },
  { name: 'replay', memory: 'reservoir', capacity: 4, ratio: 0.5 },
  { name: 'replay', memory: 'share', share: 0.3 },
  { name: 'joint', mixing: 'temperature', cap: 5, temperature: 4 },
  { name: 'l2-sp', alpha: 1, anchor: 'start' },
];

/** Those that keep more than weights and optimiser; a memory of examples is a function of the plan. */
const stateful = new Set(['der++', 'lwf', 'ewc', 'l2-sp', 'wise-ft', 'ema', 'soup']);

describe.each([...strong, ...variants])('%j', (method) => {
  test('goes on from every checkpoint exactly as if never broken off', async () => {
    const whole = await runTiny(tinyConfig({ method }), { checkpoints: true });
    expect(whole.kept.some(({ method: tensors }) => tensors.length > 0)).toBe(stateful.has(method.name));
    const places = whole.kept.map(({ place }) => place.step);
    // Within every stage and at its end; joint training has one.
    expect(places).toEqual(expect.arrayContaining([1, 2, 4, 5, 7, 8, 9]));
    for (const from of whole.kept.filter(({ place }) => [2, 3, 7].includes(place.step))) {
      const resumed = await runTiny(tinyConfig({ method }), { from });
      expect(resumed.weights, JSON.stringify(from.place)).toEqual(whole.weights);
      expect({ ...resumed.record, timings: [] }, JSON.stringify(from.place)).toEqual({
        ...whole.record,
        timings: [],
      });
    }
  });

  if (method.name !== 'sequential')
    test('differs from sequential', async () => {
      const [plain, found] = [await run({ name: 'sequential' }), await run(method)];
      expect(found.weights).not.toEqual(plain.weights);
    });
});
