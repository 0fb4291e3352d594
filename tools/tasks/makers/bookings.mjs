/** Slot filling: the part of a table booking that is asked for, copied from among the others. */
import { sentences } from '../grammar.mjs';
import { MONTHS, ordinal } from './days.mjs';
import { number, numbers } from './numbers.mjs';
import { linesOf, speaker } from './parts.mjs';

/** What is asked for, by the slot of a wording that answers it. */
const ASKED = { people: 'people', date: 'date', time: 'time', first: 'first name', last: 'last name' };
const SLOTS = /** @type {(keyof typeof ASKED)[]} */ (Object.keys(ASKED));

/** Minutes that only one side has. @type {Record<import('../wordings.mjs').Side, string[]>} */
const MINUTES = { train: ['00', '15', '30', '40'], heldout: ['10', '20', '45', '50'] };

const WORDS = 'two three four five six seven eight nine ten eleven twelve thirteen fourteen'.split(' ');

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const { side, words } = wordings;
  const slot = SLOTS[index % SLOTS.length] ?? 'people';
  const lines = linesOf(wordings, '').filter((line) => line.includes(`{${slot}}`));
  /** @type {Map<string, string>} */
  const filled = new Map();
  const inWords = random.chance(0.4);
  const parties = random.shuffled(numbers(side, random, 2, 14));
  // Each guest writes days and times in one way; those of a mail differ in month, weekday and hour.
  const months = random.shuffled(MONTHS);
  const weekdays = random.shuffled(words['weekday'] ?? []);
  const style = random.below(3);
  const half = random.pick([' pm', ' pm', ' PM', 'pm', '']);
  const hours = random.shuffled([5, 6, 7, 8, 9]);
  ['', ':2'].forEach((which, i) => {
    const day = number(side, random, 1, 28);
    const month = months[i] ?? '';
    const written = [`${day} ${month}`, `${month} ${ordinal(day)}`, weekdays[i] ?? ''];
    filled.set(`date${which}`, written[style] ?? '');
    const party = parties[i] ?? 2;
    filled.set(`people${which}`, inWords ? (WORDS[party - 2] ?? '') : String(party));
    filled.set(`time${which}`, `${hours[i] ?? 7}:${random.pick(MINUTES[side])}${half}`);
  });
  const input = sentences(speaker(wordings, random, filled)(random.pick(lines)));
  return { input: `${input}\nFind the ${ASKED[slot]}.`, target: filled.get(slot) ?? '' };
}

/** @type {import('./parts.mjs').Task} */
export const bookings = {
  id: 'bookings',
  name: 'Table bookings',
  metric: 'exact-match',
  labels: [],
  mapping: { input: '{input}', target: '{target}' },
  description: 'Copies what is asked for from a mail that books a table: people, day, time or a name.',
  make,
};
