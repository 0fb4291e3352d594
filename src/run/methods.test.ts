import { describe, expect, test } from 'vitest';
import { methodDefaults, methodGuide, methodLabel, methodNames, shownFields } from './methodGuide';
import { Method } from './methods';

test('every method of the schema is worded, in its order', () => {
  expect(methodNames).toEqual(Method.options.map((option) => option.entries.name.literal));
});

describe.each(methodNames)('%s', (name) => {
  const defaults: Record<string, unknown> = methodDefaults(name);

  test('has usual settings, and a field for each', () => {
    const keys = methodGuide[name].fields.map((field) => field.key).sort();
    expect(keys).toEqual(
      Object.keys(defaults)
        .filter((key) => key !== 'name')
        .sort(),
    );
    for (const { key, kind, options } of methodGuide[name].fields) {
      const value = defaults[key];
      const wanted = { number: 'number', switch: 'boolean', choice: 'string', set: 'object' }[kind];
      expect(typeof value, key).toBe(wanted);
      if (kind === 'choice') expect(options!.map(([option]) => option)).toContain(value);
    }
  });

  test('says what it does and costs in a sentence each', () => {
    const { does, costs, paper } = methodGuide[name];
    for (const sentence of [does, costs]) expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(paper).toMatch(/ \d{4}$/);
  });
});

test('fields that do not matter are hidden', () => {
  const keys = (memory: string) => shownFields('replay', { memory }).map((field) => field.key);
  expect(keys('count')).toEqual(['memory', 'count', 'ratio']);
  expect(keys('reservoir')).toEqual(['memory', 'capacity', 'ratio']);
});

test('the label tells what is unusual and matters', () => {
  expect(methodLabel(methodDefaults('ewc'))).toBe('EWC');
  const replay = methodDefaults('replay') as Extract<Parameters<typeof methodLabel>[0], { name: 'replay' }>;
  expect(methodLabel({ ...replay, count: 10, capacity: 7 })).toBe('Replay (Examples a task 10)');
  expect(methodLabel({ ...replay, memory: 'share', share: 0.1 })).toBe(
    'Replay (Keep a share of each task, Share of rows 0.1)',
  );
});
