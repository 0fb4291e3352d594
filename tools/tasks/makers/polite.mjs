/** Rewriting: what is said bluntly, said politely. Each kind of utterance has one polite form. */
import { sentences } from '../grammar.mjs';
import { capital, insert, linesOf, speaker } from './parts.mjs';

/** Of ten rows, four ask for something to be done. */
const KINDS = ['do', 'not', 'do', 'want', 'do', 'ask', 'do', 'cannot', 'let', 'not'];

/** @type {Record<string, (x: string) => string>} */
const POLITE = {
  do: (x) => `Could you please ${x}?`,
  not: (x) => `Please do not ${x}.`,
  want: (x) => `I would like ${x}, please.`,
  cannot: (x) => `I am afraid that I cannot ${x}.`,
  let: (x) => `May I please ${x}?`,
};

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const kind = KINDS[index % KINDS.length] ?? '';
  const say = speaker(wordings, random);
  const said = say(random.pick(linesOf(wordings, kind)));
  const frame = random.pick(linesOf(wordings, `${kind}-blunt`));
  const [s = '', v = '', r = ''] = said.split(' | ');
  const blunt = insert(frame, { x: said, s, v, r });
  const polite = kind === 'ask' ? `May I ask why ${s} ${v} ${r}?` : (POLITE[kind] ?? String)(said);
  // A reason is kept; it is not rude.
  const withReason = (kind === 'do' || kind === 'not') && random.chance(0.3);
  const reason = withReason ? ` ${capital(random.pick(linesOf(wordings, 'reasons')))}.` : '';
  return { input: sentences(blunt + reason), target: polite + reason };
}

/** @type {import('./parts.mjs').Task} */
export const polite = {
  id: 'polite',
  name: 'Politeness',
  metric: 'exact-match',
  labels: [],
  mapping: { input: 'Say this politely.\n{input}', target: '{target}' },
  description: 'Rewrites a blunt order, wish, question or refusal politely.',
  make,
};
