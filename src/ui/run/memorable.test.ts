import { expect, test } from 'vitest';
import { memorableName, runName } from './memorable';

test('a run is called the same in every browser, and seldom like another', () => {
  expect(memorableName('20261129-171148-a1b2c3')).toBe(memorableName('20261129-171148-a1b2c3'));
  const names = Array.from({ length: 400 }, (_, i) => memorableName(`20261129-1711${i}-abc`));
  for (const name of names) expect(name).toMatch(/^[a-z]+-[a-z]+$/);
  // Of some twenty thousand names 400 drawn at random meet about four times.
  expect(new Set(names).size).toBeGreaterThan(380);
});

test('the name that a person gave comes first', () => {
  expect(runName({ id: 'a', annotation: { name: 'Mine' } })).toBe('Mine');
  expect(runName({ id: 'a', annotation: { tags: ['x'] } })).toBe(memorableName('a'));
});
