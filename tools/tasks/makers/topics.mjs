/** Short notes: which of eight topics, whatever else is mentioned in passing. */
import { sentences } from '../grammar.mjs';
import { insert, linesOf, speaker } from './parts.mjs';

const LABELS = ['animals', 'food', 'health', 'money', 'music', 'sport', 'travel', 'weather'];

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const label = LABELS[index % LABELS.length] ?? '';
  const other = random.pick(LABELS.filter((each) => each !== label));
  const say = speaker(wordings, random);
  const note = sentences(say(random.pick(linesOf(wordings, label))));
  const aside = say(random.pick(linesOf(wordings, `${other}-aside`)));
  const frame = random.chance(0.25) ? '{note}' : say(random.pick(linesOf(wordings, 'frames')));
  return { input: sentences(insert(frame, { note, aside })), target: label };
}

/** @type {import('./parts.mjs').Task} */
export const topics = {
  id: 'topics',
  name: 'Topics',
  metric: 'exact-match',
  labels: LABELS,
  mapping: {
    input: `Choose a topic: ${LABELS.slice(0, -1).join(', ')} or ${LABELS.at(-1) ?? ''}.\n{input}`,
    target: '{target}',
  },
  description: 'Finds the topic of a note, which may mention another one in passing.',
  make,
};
