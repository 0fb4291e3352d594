/** One row of each sample task. Rows take the labels (or scenes) in turn, so that they are even. */
import { expand, hurried, sentences } from './grammar.mjs';

/** @typedef {import('./random.mjs').Random} Random */
/** @typedef {import('./wordings.mjs').Wordings} Wordings */
/** @typedef {{ input: string, target: string }} Row */
/** @typedef {(wordings: Wordings, index: number, random: Random) => Row} Maker */

/** @param {Wordings} wordings @param {string} section */
const linesOf = ({ blocks }, section) => (blocks[section] ?? []).flat();

/** @type {Maker} */
export function ticket(wordings, index, random) {
  const queues = Object.keys(wordings.blocks).sort();
  const queue = queues[index % queues.length] ?? '';
  const { opener = [], closer = [], ...words } = wordings.words;
  const core = sentences(expand(random.pick(linesOf(wordings, queue)), words, random));
  if (random.chance(0.15)) return { input: hurried(core, random), target: queue };
  const hello = random.chance(0.45) ? random.pick(opener) : '';
  // After a comma the sentence goes on in lower case, but for "I".
  const rest =
    hello.endsWith(',') && !/^I\b/.test(core) ? core.charAt(0).toLowerCase() + core.slice(1) : core;
  const bye = random.chance(0.4) ? random.pick(closer) : '';
  return { input: `${hello} ${rest} ${bye}`.trim(), target: queue };
}

/** @type {Maker} */
export function review(wordings, index, random) {
  const label = index % 2 === 0 ? 'positive' : 'negative';
  const { product: products = [], device: devices = [] } = wordings.words;
  const product = random.pick(products);
  const isDevice = devices.includes(product);
  const filled = new Map([
    ['product', product],
    ['device', product],
  ]);
  /** @param {string} pattern */
  const say = (pattern) => expand(pattern, wordings.words, random, filled);
  const opinions = linesOf(wordings, label).filter((opinion) => isDevice || !opinion.includes('{device}'));
  const first = random.pick(opinions);
  const said = [say(first)];
  if (random.chance(0.6)) said.push(say(random.pick(opinions.filter((opinion) => opinion !== first))));
  if (random.chance(0.35))
    said.splice(random.below(said.length + 1), 0, say(random.pick(linesOf(wordings, 'either'))));
  const whole = sentences(said.join(' '));
  return { input: random.chance(0.2) ? hurried(whole, random) : whole, target: label };
}

/** @type {Maker} */
export function dialogue({ words, blocks }, index, random) {
  const scenes = blocks[''] ?? [];
  const lines = scenes[index % scenes.length] ?? [];
  const { woman = [], man = [], female = [], male = [] } = words;
  const people = random.shuffled([...woman, ...man]);
  const [a = '', b = ''] = people;
  /** @param {string} name */
  const his = (name) => (woman.includes(name) ? 'her' : 'his');
  const kin = random.pick([...female, ...male]);
  const she = female.includes(kin);
  const filled = new Map(
    Object.entries({
      a,
      b,
      aHis: his(a),
      bHis: his(b),
      kin,
      kinShe: she ? 'she' : 'he',
      kinHer: she ? 'her' : 'him',
    }),
  );
  filled.set('kinHis', she ? 'her' : 'his');
  /** @param {string} line */
  const say = (line) => sentences(expand(line, words, random, filled));
  const turns = lines.filter((line) => !line.startsWith('=> '));
  const summary = lines.find((line) => line.startsWith('=> ')) ?? '';
  return {
    input: turns.map((line, i) => `${i % 2 === 0 ? a : b}: ${say(line)}`).join('\n'),
    target: say(summary.slice(3)),
  };
}
