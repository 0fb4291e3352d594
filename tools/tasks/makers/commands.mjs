/** Requests to an assistant at home: which of eight skills is meant. Many take back another request first. */
import { sentences } from '../grammar.mjs';
import { insert, linesOf, small, speaker } from './parts.mjs';

const LABELS = ['alarm', 'call', 'lights', 'message', 'music', 'reminder', 'timer', 'weather'];

/** Lines that can stand after "don't": orders, no questions or statements. @param {string} line */
const isOrder = (line) =>
  !/[?]/.test(line) &&
  !/^(I|it|the|there|no|some|somebody|lights|next|dinner|everything|more|do|let|put me|that|when|so|would|help|keep in mind|come back|at|let us|has|are|write down|save this|prod|poke|one|what)\b/.test(
    line,
  ) &&
  !/[,:]/.test(line);

/** @type {import('./parts.mjs').Maker} */
function make(wordings, index, random) {
  const label = LABELS[index % LABELS.length] ?? '';
  const say = speaker(wordings, random);
  const line = random.pick(linesOf(wordings, label));
  const order = say(line);
  if (random.chance(0.6)) {
    const other = random.pick(LABELS.filter((each) => each !== label));
    // What is no order cannot go on after a comma and needs a sentence of its own.
    const frames = linesOf(wordings, 'frames').filter(
      (frame) => isOrder(line) || frame.endsWith('{Order}') || frame.endsWith('; {order}'),
    );
    const frame = random.pick(frames);
    const taken = say(random.pick(linesOf(wordings, other).filter(isOrder)));
    const things = linesOf(wordings, 'things').find((each) => each.startsWith(`${other}: `)) ?? '';
    const thing = random.pick(things.slice(other.length + 2).split(', '));
    return { input: sentences(insert(say(frame), { order, other: taken, thing })), target: label };
  }
  const hello = random.chance(0.5) ? random.pick(wordings.blocks['openers']?.flat() ?? []) : '';
  const bye = isOrder(line) && random.chance(0.4) ? `, ${random.pick(linesOf(wordings, 'closers'))}` : '';
  const input = `${hello} ${hello ? small(order) : order}${bye}`.trim();
  return { input: random.chance(0.6) ? sentences(input) : input, target: label };
}

/** @type {import('./parts.mjs').Task} */
export const commands = {
  id: 'commands',
  name: 'Commands',
  metric: 'exact-match',
  labels: LABELS,
  mapping: {
    input: `Which command is meant? ${LABELS.slice(0, -1).join(', ')} or ${LABELS.at(-1) ?? ''}\n{input}`,
    target: '{target}',
  },
  description: 'Names what a request asks a home assistant to do, among eight skills.',
  make,
};
