/** How a conversation with support ends. What is offered, threatened or tried before comes to nothing. */
import { speaker } from './parts.mjs';
import { caller, conversation, opening } from './support.mjs';

/** Words and marks. */
const MOST_PIECES = 88;

const LABELS = ['cancelled', 'open', 'refunded', 'solved'];

/**
 * The blocks that make sense for a problem: those that name it in front, `(late wrong)`, and those that name none.
 * @param {import('../wordings.mjs').Wordings} wordings
 * @param {string} section
 * @param {string} problem
 */
const fitting = ({ blocks }, section, problem) =>
  (blocks[section] ?? []).filter(([line = '']) => {
    const named = /^\(([^)]*)\)/.exec(line)?.[1];
    return named === undefined || named.split(' ').includes(problem);
  });

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const label = LABELS[index % LABELS.length] ?? '';
  const problem = random.pick(/** @type {const} */ (['fault', 'late', 'wrong', 'missing', 'charged']));
  const filled = caller(wordings, random, problem);
  const say = speaker(wordings, random, filled);
  const turns = opening(wordings, random, problem, say);
  const detours = random
    .shuffled(fitting(wordings, 'detour', problem))
    .slice(0, turns.length === 1 && random.chance(0.6) ? 2 : 1);
  const end = random.pick(fitting(wordings, `end-${label}`, problem));
  for (const line of [...detours, end].flat()) turns.push(say(line.replace(/^\+ |^\([^)]*\) /, '')));
  const input = conversation(filled.get('name') ?? '', turns);
  // A long prompt costs every step of training; about one talk in a hundred is told anew.
  return (input.match(/\w+|[^\w\s]|\d/g) ?? []).length > MOST_PIECES
    ? make(wordings, index, random)
    : { input, target: label };
}

/** @type {import('./parts.mjs').Task} */
export const outcome = {
  id: 'outcome',
  also: 'support',
  name: 'Outcomes',
  metric: 'exact-match',
  labels: LABELS,
  mapping: {
    input: `How did the conversation end? ${LABELS.slice(0, -1).join(', ')} or ${LABELS.at(-1) ?? ''}\n{input}`,
    target: '{target}',
  },
  description: 'Tells how a conversation with support ended; the last turns count.',
  make,
};
