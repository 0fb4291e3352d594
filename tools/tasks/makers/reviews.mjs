/** Product reviews: positive or negative. In most, praise and blame stand side by side and the verdict counts. */
import { hurried, sentences } from '../grammar.mjs';
import { insert, linesOf, speaker } from './parts.mjs';

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const good = index % 2 === 0;
  const { product: products = [], device: devices = [] } = wordings.words;
  const product = random.pick(products);
  const isDevice = devices.includes(product);
  const say = speaker(
    wordings,
    random,
    new Map([
      ['product', product],
      ['device', product],
    ]),
  );
  /** @param {boolean} positive */
  const opinion = (positive) =>
    say(
      random.pick(
        linesOf(wordings, positive ? 'positive' : 'negative').filter(
          (line) => isDevice || !line.includes('{device}'),
        ),
      ),
    );
  /** @param {boolean} positive */
  const detail = (positive) => say(random.pick(linesOf(wordings, positive ? 'good' : 'bad')));
  /** @param {boolean} positive */
  const verdict = (positive) => say(random.pick(linesOf(wordings, positive ? 'glad' : 'sorry')));
  /** @param {string} section @param {string} less @param {string} more */
  const weigh = (section, less, more) => insert(say(random.pick(linesOf(wordings, section))), { less, more });

  const kind = random.next();
  const said = [];
  if (kind < 0.4) said.push(opinion(good));
  else if (kind < 0.65) said.push(weigh('frames', detail(!good), verdict(good)));
  else if (kind < 0.8) said.push(weigh('frames', detail(!good), `${detail(good)} and ${verdict(good)}`));
  else said.push(weigh('opposed', detail(!good), verdict(good)));
  if (random.chance(0.25))
    said.splice(random.below(said.length + 1), 0, say(random.pick(linesOf(wordings, 'either'))));
  const whole = sentences(said.join(' '));
  return {
    input: random.chance(0.15) ? hurried(whole, random) : whole,
    target: good ? 'positive' : 'negative',
  };
}

/** @type {import('./parts.mjs').Task} */
export const reviews = {
  id: 'reviews',
  name: 'Reviews',
  metric: 'exact-match',
  labels: ['negative', 'positive'],
  mapping: { input: '{input}\n\nOptions: positive or negative\nWhat is the sentiment?', target: '{target}' },
  description: 'Tells whether a product review is positive or negative, praise and blame weighed.',
  make,
};
