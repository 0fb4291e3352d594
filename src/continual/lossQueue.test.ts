import { expect, test } from 'vitest';
import { DivergedError, ExplosionWatch } from './lossQueue';

/** The step that ends it; null when none does. */
function ends(losses: readonly number[]): number | null {
  const watch = new ExplosionWatch();
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
