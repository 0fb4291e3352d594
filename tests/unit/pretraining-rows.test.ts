/** Rows for pretraining: many, all different, and none that gives away what the held-out parts ask. */
import { describe, expect, test } from 'vitest';
import { heldOutRuns, KNOWN, pretrainingRows, runsOf } from '../../tools/tasks/pretraining.mjs';
import { TASKS } from '../../tools/tasks/tasks.mjs';
import { pretrainingWordings, readWordings } from '../../tools/tasks/wordings.mjs';

test('runs are of five words, without marks and capitals', () => {
  expect(runsOf('One, two. Three four FIVE six!')).toEqual([
    'one two three four five',
    'two three four five six',
  ]);
  expect(runsOf('one two three four')).toEqual([]);
});

test('a task that is new to the model is refused', () => {
  expect(() => pretrainingRows('tickets', 10, 0, new Set())).toThrow(/"tickets" is no task/);
});

describe.each(KNOWN)('%s', (id) => {
  const heldOut = heldOutRuns(id);
  const rows = pretrainingRows(id, 400, 3, heldOut);

  test('rows are all different and have the labels of the task', () => {
    expect(new Set(rows.map(({ input }) => input)).size).toBe(400);
    const { labels = [] } = TASKS.find((task) => task.id === id) ?? {};
    if (labels.length > 0) expect([...new Set(rows.map(({ target }) => target))].sort()).toEqual(labels);
    for (const { input, target } of rows) expect(`${input} ${target}`).not.toMatch(/[{}~|[\]]/);
  });

  test('no row has a run of five words of a held-out one, and such rows there would be', () => {
    expect(heldOut.size).toBeGreaterThan(300);
    expect(rows.filter(({ input }) => runsOf(input).some((run) => heldOut.has(run)))).toEqual([]);
    const [run = ''] = rows.flatMap(({ input }) => runsOf(input));
    expect(pretrainingRows(id, 400, 3, new Set([run])).flatMap(({ input }) => runsOf(input))).not.toContain(
      run,
    );
  });

  test('no wording and no slot word of the held-out side is used', () => {
    const [own, held] = [pretrainingWordings(id), readWordings(id, 'heldout')];
    for (const [slot, words] of Object.entries(held.words))
      expect(
        words.filter((word) => own.words[slot]?.includes(word)),
        slot,
      ).toEqual([]);
    // Wordings that are a slot and nothing else are the grammar's.
    const lines = Object.values(own.blocks).flat(2);
    const shared = Object.values(held.blocks)
      .flat(2)
      .filter((line) => lines.includes(line) && line.replace(/\{[^}]*\}/g, '').trim().length > 1);
    expect(shared).toEqual([]);
  });

  test('another seed gives other rows, the same seed the same', () => {
    const inputs = (seed: number) => pretrainingRows(id, 40, seed, heldOut).map(({ input }) => input);
    expect(inputs(3)).toEqual(inputs(3));
    expect(inputs(4)).not.toEqual(inputs(3));
  });
});
