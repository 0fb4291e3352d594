/** Mails to the help desk of a shop: which queue. In many, another matter comes first and is settled already. */
import { hurried, sentences } from '../grammar.mjs';
import { linesOf, small, speaker } from './parts.mjs';

const QUEUES = ['account', 'billing', 'delivery', 'returns', 'sales', 'technical'];

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const queue = QUEUES[index % QUEUES.length] ?? '';
  const { opener = [], closer = [], so = [] } = wordings.words;
  const say = speaker(wordings, random);
  const request = sentences(say(random.pick(linesOf(wordings, queue))));
  const hidden = random.chance(0.6);
  if (!hidden && random.chance(0.25)) return { input: hurried(request, random), target: queue };
  const hello = random.chance(0.4) ? random.pick(opener) : '';
  const bye = random.chance(0.35) ? random.pick(closer) : '';
  let core = request;
  if (hidden) {
    const other = random.pick(QUEUES.filter((each) => each !== queue));
    const aside = sentences(say(random.pick(linesOf(wordings, `${other}-aside`))));
    const turn = random.chance(0.7) ? random.pick(so) : '';
    if (random.chance(0.25)) core = `${request} ${aside}`;
    else core = `${aside} ${joined(turn, request)}`;
  }
  return { input: `${joined(hello, core)} ${bye}`.replace(/ {2,}/g, ' ').trim(), target: queue };
}

/** @param {string} before @param {string} after goes on in lower case after a comma */
const joined = (before, after) => `${before} ${before.endsWith(',') ? small(after) : after}`;

/** @type {import('./parts.mjs').Task} */
export const tickets = {
  id: 'tickets',
  name: 'Support tickets',
  metric: 'exact-match',
  labels: QUEUES,
  mapping: {
    input: `Classify by queue. Possible answers: ${QUEUES.join(', ')}.\nInput: {input}`,
    target: '{target}',
  },
  description: 'Sends mails to the help desk of a shop to one of six queues, by what is still wanted.',
  make,
};
