/**
 * Support conversations to tickets: who has which problem, and what was agreed in the end. Offers that the
 * customer refused stand before it in half of them.
 */
import { sentences } from '../grammar.mjs';
import { number } from './numbers.mjs';
import { linesOf, speaker } from './parts.mjs';

/** How the ticket names the problem, and what may be offered: any of these, of which the last one taken counts. */
export const PROBLEMS = {
  fault: {
    said: '{name} reports that the {product} {fault}',
    offers: ['new', 'refund', 'repair', 'photo', 'works', 'callback', 'voucher'],
  },
  late: {
    said: '{name} is waiting for the {product} ordered {past}',
    offers: ['new', 'refund', 'trace', 'callback', 'voucher'],
  },
  wrong: {
    said: '{name} got a {product:2} instead of a {product}',
    offers: ['new', 'refund', 'photo', 'collect', 'callback', 'voucher'],
  },
  missing: {
    said: '{name} got the {product} without the {part}',
    offers: ['part', 'new', 'refund', 'voucher', 'callback'],
  },
  charged: {
    said: '{name} paid {amount} twice for the {product}',
    offers: ['refund', 'voucher', 'callback', 'photo'],
  },
  size: {
    said: '{name} finds the {product} too {size}',
    offers: ['refund', 'collect', 'voucher', 'callback'],
  },
  address: {
    said: '{name} gave the wrong address for the {product}',
    offers: ['changed', 'trace', 'refund', 'callback'],
  },
  invoice: { said: '{name} needs an invoice for the {product}', offers: ['mailed', 'callback', 'voucher'] },
  cancel: { said: '{name} wants to cancel the {service}', offers: ['ended', 'half', 'callback', 'voucher'] },
  login: { said: '{name} cannot log in to the {service}', offers: ['link', 'works', 'callback', 'refund'] },
};

/** What the ticket says was agreed. @type {Record<string, string>} */
const AGREED = {
  new: 'a new one will be sent {when}',
  refund: 'the money will be paid back',
  repair: 'a technician will come on {day}',
  photo: '{name} will send a photo',
  works: 'it works again now',
  callback: 'a manager will call {when}',
  trace: 'the carrier will be asked',
  voucher: 'a voucher of {amount:2} was taken',
  part: 'the {part} will be sent {when}',
  collect: 'it will be collected on {day}',
  changed: 'the address was changed',
  mailed: 'the invoice was mailed',
  ended: 'it will end on {day}',
  half: '{name} keeps it at half the price',
  link: 'a link for a new password was sent',
};

/**
 * The turns up to where a solution is offered: the problem, and often a question with its answer.
 * @param {import('../wordings.mjs').Wordings} wordings
 * @param {import('../random.mjs').Random} random
 * @param {keyof typeof PROBLEMS} problem
 * @param {(pattern: string) => string} say
 */
export function opening(wordings, random, problem, say) {
  const turns = [say(random.pick(linesOf(wordings, `open-${problem}`)))];
  if (random.chance(0.6)) {
    const [question = '', answer = ''] = random.pick(wordings.blocks['ask'] ?? []);
    turns.push(say(question), say(answer));
  }
  return turns;
}

/**
 * A conversation's slots: the customer, the product, and digits that the held-out side does not share.
 * @param {import('../wordings.mjs').Wordings} wordings
 * @param {import('../random.mjs').Random} random
 * @param {string} problem
 * @returns {Map<string, string>}
 */
export function caller(wordings, random, problem) {
  // Faults and parts are those of devices.
  const products = wordings.words[problem === 'fault' || problem === 'missing' ? 'device' : 'product'] ?? [];
  return new Map([
    ['product', random.pick(products)],
    ['name', random.pick(wordings.words['name'] ?? [])],
    ['digits', String(number(wordings.side, random, 100, 999))],
    ['weeks', String(number(wordings.side, random, 2, 9))],
  ]);
}

/**
 * Turns in turn, the customer's first.
 * @param {string} name
 * @param {readonly string[]} turns
 */
export const conversation = (name, turns) =>
  turns.map((turn, i) => `${i % 2 === 0 ? name : 'Agent'}: ${sentences(turn)}`).join('\n');

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const problems = /** @type {(keyof typeof PROBLEMS)[]} */ (Object.keys(PROBLEMS));
  const problem = problems[index % problems.length] ?? 'fault';
  const filled = caller(wordings, random, problem);
  const say = speaker(wordings, random, filled);
  const turns = opening(wordings, random, problem, say);
  const { said, offers } = PROBLEMS[problem];
  const [agreed = '', refused = ''] = random.shuffled(offers);
  if (random.chance(0.5)) {
    turns.push(
      say(random.pick(linesOf(wordings, `offer-${refused}`))),
      say(random.pick(linesOf(wordings, 'refuse'))),
    );
    // The day of a refused offer is not that of the next.
    for (const slot of ['when', 'day', 'amount:2']) filled.delete(slot);
  }
  turns.push(say(random.pick(linesOf(wordings, `offer-${agreed}`))));
  const own = linesOf(wordings, `accept-${agreed}`);
  turns.push(say(random.pick(own.length > 0 ? own : linesOf(wordings, 'accept'))));
  return {
    input: conversation(filled.get('name') ?? '', turns),
    target: sentences(say(`${said}; ${AGREED[agreed] ?? ''}.`)),
  };
}

/** @type {import('./parts.mjs').Task} */
export const support = {
  id: 'support',
  name: 'Support conversations',
  metric: 'rouge-l',
  labels: [],
  mapping: { input: 'Write a ticket for this conversation.\n{input}', target: '{target}' },
  description: 'Sums up a conversation with support as a ticket: the problem and what was agreed.',
  make,
};
