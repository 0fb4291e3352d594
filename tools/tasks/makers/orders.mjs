/** Extraction: the order number and its day, among other numbers and days. */
import { sentences } from '../grammar.mjs';
import { MONTHS, ordinal } from './days.mjs';
import { number } from './numbers.mjs';
import { linesOf, speaker } from './parts.mjs';

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const lines = linesOf(wordings, '');
  const { side } = wordings;
  /** @type {Map<string, string>} */
  const filled = new Map();
  for (const slot of ['order', 'other', 'third'])
    filled.set(slot, String(number(side, random, 10_000, 99_999)));
  // The days of a mail lie in different months, so that no two are one.
  const months = random.shuffled(MONTHS);
  // British and American people write days in their own way, each mail in one.
  const style = random.below(3);
  const dates = ['date', 'date:2', 'date:3'].map((slot, i) => {
    const day = number(side, random, 1, 28);
    const month = months[i] ?? '';
    const written = [`${day} ${month}`, `${month} ${day}`, `the ${ordinal(day)} of ${month}`];
    filled.set(slot, written[style] ?? '');
    return `${day} ${month}`;
  });
  const say = speaker(wordings, random, filled);
  const input = sentences(say(lines[index % lines.length] ?? ''));
  return { input, target: `${filled.get('order') ?? ''}, ${dates[0] ?? ''}` };
}

/** @type {import('./parts.mjs').Task} */
export const orders = {
  id: 'orders',
  name: 'Order numbers',
  metric: 'exact-match',
  labels: [],
  mapping: { input: 'Which order is it about, and of what day?\n{input}', target: '{target}' },
  description: 'Finds the order number and its day in a mail with other numbers and days.',
  make,
};
