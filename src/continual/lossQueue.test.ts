import { expect, test } from 'vitest';
import { methodDefaults } from '../run/methodGuide';
import type { MethodConfig } from '../run/methods';
import { DivergedError, explodedAbove, ExplosionWatch } from './lossQueue';

/** The step that ends it; null when none does. */
function ends(losses: readonly number[], method = methodDefaults('sequential')): number | null {
  const watch = new ExplosionWatch(explodedAbove(method));
  for (const [step, loss] of losses.entries())
    try {
      watch.note(step, loss);
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      expect(error.value).toBe(loss);
      return error.step;
    }
  return null;
}

const times = (loss: number, n: number) => Array<number>(n).fill(loss);

test('losses far above chance for several steps in a row are an explosion; a single odd batch is none', () => {
  expect(ends([3, 2, ...times(80, 8)])).toBe(9);
  expect(ends([...times(80, 7), 2, ...times(80, 7)])).toBeNull();
  // Chance over a vocabulary of 250,000 pieces is 12.4; a model that begins badly may be above it.
  expect(ends(times(25, 100))).toBeNull();
});

test('what a method adds to the loss by large weights of its own is no explosion', () => {
  const lwf = { ...methodDefaults('lwf'), lambda: 1000, temperature: 2 } as MethodConfig;
  // Two nats of cross-entropy, and a divergence of 0.02 from the teacher.
  expect(ends(times(2 + 1000 * 4 * 0.02, 100), lwf)).toBeNull();
  expect(ends(times(1000 * 4 * 40, 8), lwf)).toBe(7);
  const der = { ...methodDefaults('der++'), alpha: 10, beta: 0.5 } as MethodConfig;
  expect(ends(times(2 + 1 + 10 * 4, 100), der)).toBeNull();
  expect(ends(times(10 * 2000, 8), der)).toBe(7);
});
