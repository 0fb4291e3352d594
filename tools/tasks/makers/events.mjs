/** Records to sentences: ten kinds of record, their fields in any order and some left out. */
import { sentences } from '../grammar.mjs';
import { number } from './numbers.mjs';
import { linesOf, speaker } from './parts.mjs';

/** @typedef {Record<string, string>} Values */
/** @typedef {(word: (slot: string) => string, n: (from: number, to: number) => number, chance: (p: number) => boolean) => Values} Draw */

/**
 * Each kind draws its values, by the names that the wordings give for fields, and says them in one sentence; a
 * field that was left out is empty there.
 * @type {{ draw: Draw, say: (v: (field: string) => string) => string }[]}
 */
const KINDS = [
  {
    draw: (word, n, chance) => ({
      show: word('show'),
      place: word('place'),
      day: word('day'),
      ...(chance(0.7) && { time: word('time') }),
      ...(chance(0.7) && { price: chance(0.4) ? 'free' : `${n(3, 40)} euros` }),
    }),
    say: (v) =>
      `The ${v('show')} is on ${v('day')}${v('time') ? ` at ${v('time')}` : ''} at ${v('place')}` +
      (!v('price') ? '.' : v('price') === 'free' ? ' and is free.' : ` and costs ${v('price')}.`),
  },
  {
    draw: (word, n, chance) => ({
      job: word('job'),
      firm: word('firm'),
      city: word('city'),
      ...(chance(0.6) && { month: word('month') }),
      ...(chance(0.6) && { pay: `${n(200, 900)} euros a week` }),
    }),
    say: (v) =>
      `${v('firm')} in ${v('city')} is looking for a ${v('job')}${v('month') ? ` from ${v('month')} on` : ''}` +
      (v('pay') ? ` and pays ${v('pay')}.` : '.'),
  },
  {
    draw: (word, n, chance) => ({
      rooms: String(n(2, 9)),
      floor: word('floor'),
      city: word('city'),
      rent: `${n(300, 1900)} euros`,
      ...(chance(0.7) && { garden: chance(0.5) ? 'yes' : 'no' }),
    }),
    say: (v) =>
      `The flat on the ${v('floor')} floor in ${v('city')} has ${v('rooms')} rooms` +
      (v('garden') ? ` and ${v('garden') === 'yes' ? 'a' : 'no'} garden` : '') +
      ` and costs ${v('rent')} a month.`,
  },
  {
    draw: (word, n, chance) => ({
      item: word('item'),
      colour: word('colour'),
      place: word('place'),
      day: word('day'),
      name: word('name'),
      ...(chance(0.6) && { phone: String(n(1000, 9999)) }),
    }),
    say: (v) =>
      `${v('name')} lost a ${v('colour')} ${v('item')} at ${v('place')} on ${v('day')}` +
      (v('phone') ? `; please call ${v('phone')}.` : '.'),
  },
  {
    draw: (word, n, chance) => ({
      from: word('city'),
      to: word('city:2'),
      leaves: word('time'),
      ...(chance(0.7) && { platform: String(n(2, 29)) }),
      ...(chance(0.7) && { late: chance(0.4) ? 'none' : `${n(4, 60)} minutes` }),
    }),
    say: (v) =>
      `The ${v('leaves')} train from ${v('from')} to ${v('to')}` +
      (v('platform') ? ` leaves from platform ${v('platform')}` : ' leaves') +
      (!v('late') ? '.' : v('late') === 'none' ? ' on time.' : ` ${v('late')} late.`),
  },
  {
    draw: (word, n, chance) => ({
      ware: word('ware'),
      seller: word('name'),
      price: `${n(10, 900)} euros`,
      ...(chance(0.7) && { age: `${n(2, 40)} years` }),
      ...(chance(0.7) && { state: word('state') }),
    }),
    say: (v) =>
      `${v('seller')} is selling a ${v('ware')}` +
      (v('age') || v('state') ? ' that is ' : '') +
      [v('age') && `${v('age')} old`, v('state') && `in ${v('state')} condition`]
        .filter(Boolean)
        .join(' and ') +
      ` for ${v('price')}.`,
  },
  {
    draw: (word, n, chance) => ({
      dish: word('dish'),
      with: word('with'),
      minutes: String(n(12, 90)),
      ...(chance(0.7) && { people: String(n(2, 12)) }),
    }),
    say: (v) =>
      `The ${v('dish')} with ${v('with')} is ready in ${v('minutes')} minutes` +
      (v('people') ? ` and is enough for ${v('people')} people.` : '.'),
  },
  {
    draw: (word, n, chance) => ({
      home: word('team'),
      away: word('team:2'),
      score: `${n(0, 8)}-${n(0, 8)}`,
      ...(chance(0.7) && { day: word('day') }),
    }),
    say: (v) => {
      const [ours = '', theirs = ''] = v('score').split('-');
      const did = ours === theirs ? 'drew with' : Number(ours) > Number(theirs) ? 'beat' : 'lost to';
      return `${v('home')} ${did} ${v('away')} ${ours}-${theirs}${v('day') ? ` on ${v('day')}` : ''}.`;
    },
  },
  {
    draw: (word, n, chance) => ({
      city: word('city'),
      sky: word('sky'),
      high: String(n(15, 34)),
      low: String(n(2, 14)),
      ...(chance(0.6) && { day: word('day') }),
    }),
    say: (v) =>
      `It will be ${v('sky')} in ${v('city')}${v('day') ? ` on ${v('day')}` : ''}` +
      `, with ${v('low')} to ${v('high')} degrees.`,
  },
  {
    draw: (word, n, chance) => ({
      pet: word('pet'),
      name: word('name'),
      trait: word('trait'),
      ...(chance(0.7) && { years: String(n(2, 19)) }),
      ...(chance(0.6) && { colour: word('colour') }),
    }),
    say: (v) =>
      `${v('name')} has a ${v('trait')}${v('colour') ? ` ${v('colour')}` : ''} ${v('pet')}` +
      (v('years') ? ` that is ${v('years')} years old.` : '.'),
  },
];

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const kind = KINDS[index % KINDS.length];
  if (!kind) throw new Error('there is a kind for every index');
  const say = speaker(wordings, random);
  const values = kind.draw(
    (slot) => say(`{${slot}}`),
    // Below ten, a side has too few digits of its own for scores.
    (from, to) => (to < 10 && from === 0 ? random.below(to) : number(wordings.side, random, from, to)),
    random.chance,
  );
  const names = new Map(
    linesOf(wordings, 'fields').map((line) => {
      const [field = '', all = ''] = line.split(': ');
      return [field, all.split(', ')];
    }),
  );
  const fields = Object.entries(values).map(
    ([field, value]) => `${random.pick(names.get(field) ?? [])}: ${value}`,
  );
  return {
    input: random.shuffled(fields).join('; '),
    target: sentences(kind.say((field) => values[field] ?? '')),
  };
}

/** @type {import('./parts.mjs').Task} */
export const events = {
  id: 'events',
  name: 'Records',
  metric: 'rouge-l',
  labels: [],
  mapping: { input: 'Write this as a sentence.\n{input}', target: '{target}' },
  description: 'Writes a record of fields and values as a sentence.',
  make,
};
