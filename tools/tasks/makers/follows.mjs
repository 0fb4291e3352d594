/** Entailment: whether the last sentence follows. Both answers use the same words, so it turns on their order. */
import { sentences } from '../grammar.mjs';
import { numbers } from './numbers.mjs';
import { speaker } from './parts.mjs';

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const follows = index % 2 === 0;
  const [premise = '', ...claims] = random.pick(wordings.blocks[''] ?? []);
  const claim = random.pick(claims.filter((line) => line.startsWith(follows ? '+ ' : '- ')));
  const [low, high] = numbers(wordings.side, random, 2, 90);
  const say = speaker(
    wordings,
    random,
    new Map([
      ['low', String(low)],
      ['high', String(high)],
    ]),
  );
  return { input: sentences(`${say(premise)} ${say(claim.slice(2))}`), target: follows ? 'yes' : 'no' };
}

/** @type {import('./parts.mjs').Task} */
export const follows = {
  id: 'follows',
  name: 'Does it follow?',
  metric: 'exact-match',
  labels: ['no', 'yes'],
  mapping: { input: '{input}\nDoes the last sentence follow? yes or no', target: '{target}' },
  description: 'Tells whether the last sentence follows from what is said before it.',
  make,
};
