/** Order of events: of two or three deeds that are told in any order, the one that was done first. */
import { sentences } from '../grammar.mjs';
import { linesOf, speaker } from './parts.mjs';

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const lines = linesOf(wordings, '');
  const [a = '', b = '', c = ''] = random.shuffled(wordings.words['deed'] ?? []);
  const say = speaker(
    wordings,
    random,
    new Map([
      ['a', a],
      ['b', b],
      ['c', c],
    ]),
  );
  return { input: sentences(say(lines[index % lines.length] ?? '')), target: a };
}

/** @type {import('./parts.mjs').Task} */
export const first = {
  id: 'first',
  name: 'What came first?',
  metric: 'exact-match',
  labels: [],
  mapping: { input: 'What was done first?\n{input}', target: '{target}' },
  description: 'Finds which of two or three deeds was done first, in whatever order they are told.',
  make,
};
