/** Every reader of what strangers made, with a few hundred inputs each; `npm run faults -- fuzz` has the long form. */
import { expect, test } from 'vitest';
import { fuzz, targets } from '../../tools/faults/fuzz/all';
import { bombs, defuse } from '../../tools/faults/fuzz/bombs';

/** A project has many parts to read, and the machine may be busy. */
const PATIENCE_MS = 180_000;

test.each(targets)(
  '$name: no crash, no hang, no lie, and errors that name their place',
  async (target) => {
    const told = await fuzz(target, 200, 1, Infinity);
    expect(told.failure).toBeNull();
    expect(told.inputs).toBe(200);
    expect(told.accepted).toBeGreaterThan(20);
  },
  PATIENCE_MS,
);

test.each(bombs)('%s is read or refused', (_, name, text) => {
  expect(defuse(name, text).bytes).toBeGreaterThan(0);
});
