/** The reader of plans in addresses, which anybody can make and mail. */
import fc from 'fast-check';
import { deflateSync, strToU8 } from 'fflate';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseRunConfig } from '../../../src/run/config';
import { DICTIONARY_A } from '../../../src/ui/share/dictionary';
import { MOST_CHARACTERS, PARTS, readPlan } from '../../../src/ui/share/link';
import { root } from '../../project.mjs';
import { changedJson } from './damage';
import { must, Refusal, type Target } from './target';

const plan = {
  v: 1,
  config: JSON.parse(readFileSync(path.join(root, 'tests/fixtures/lab/config.json'), 'utf8')) as unknown,
  free: ['rate', 'seed'],
  own: true,
};

/** Written here by the form's own description, not by the page's writer, and whatever the plan is. */
function packed(value: unknown): string {
  const text = (JSON.stringify(value) as string | undefined) ?? '';
  const bytes = deflateSync(strToU8(text), { level: 9, dictionary: strToU8(DICTIONARY_A) });
  let seal = 0x811c9dc5;
  for (const byte of bytes) seal = Math.imul(seal ^ byte, 0x01000193);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(seal >>> 0);
  return `a${Buffer.concat([bytes, end]).toString('base64url')}`;
}

interface Link {
  text: string;
  /** The plan that was packed; undefined where no link is meant. */
  value: unknown;
  /** What was packed is what is there, letter by letter. */
  unharmed: boolean;
  /** And it is a good plan. */
  whole: boolean;
}

const letters = fc.constantFrom('a', 'Z', '0', '-', '_', '=', '.', '%', '#', ' ', '\u0000', 'é', '\u{1F600}');

const link: fc.Arbitrary<Link> = fc.oneof(
  {
    weight: 6,
    arbitrary: changedJson(plan).map(({ value, whole }) => ({
      text: packed(value),
      value,
      unharmed: true,
      whole,
    })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        changedJson(plan),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.constantFrom('delete', 'insert', 'change', 'cut'),
        letters,
      )
      .map(([{ value, whole }, share, what, letter]) => {
        const good = packed(value);
        const at = Math.floor(share * good.length);
        const rest = { delete: good.slice(at + 1), change: letter + good.slice(at + 1), cut: '' };
        const text = good.slice(0, at) + (what === 'insert' ? letter + good.slice(at) : rest[what]);
        return { text, value, unharmed: text === good, whole: whole && text === good };
      }),
  },
  {
    weight: 1,
    arbitrary: fc
      .oneof(
        fc.string(),
        fc.string({ maxLength: 200 }).map((rest) => `a${rest}`),
        fc.base64String({ maxLength: 300 }).map((rest) => `a${rest}`),
        // What unpacks to far more than it is.
        fc.integer({ min: 1e5, max: 4e6 }).map((n) => packed('x'.repeat(n))),
      )
      .map((text) => ({ text, value: undefined, unharmed: false, whole: false })),
  },
);

export const shareLink: Target<Link> = {
  name: 'share link',
  input: link,
  size: ({ text }) => text.length,
  read: ({ text, value, unharmed, whole }) => {
    let read: ReturnType<typeof readPlan>;
    try {
      read = readPlan(text);
    } catch (error) {
      must(!whole, 'a good link was refused');
      if (!(error instanceof Error) || error.constructor !== Error) throw error;
      must(error.message.length > 20, `the error says too little: ${error.message}`);
      // What arrived unharmed and is too short for a cut one is wrong in a place that has a name.
      if (unharmed && text.length <= MOST_CHARACTERS)
        must(error.message.includes(': ') || /model|unpack|missing/.test(error.message), error.message);
      throw new Refusal(error.message);
    }
    const given = value as { config: unknown; free?: string[]; own?: boolean };
    const expected = parseRunConfig(given.config);
    must(expected.ok, 'a plan that is none was taken for one');
    if (!expected.ok) return;
    must(JSON.stringify(expected.config) === JSON.stringify(read.config), 'another plan came out');
    must(
      ['bundled', 'hub', 'folder'].includes(read.config.model.source),
      'a model that is not here was taken',
    );
    must(
      read.free.every((part) => PARTS.includes(part)),
      'a part that is none is free',
    );
    must(read.ownSeed === (given.own ?? false), 'another word on the seed');
    must(!('polluted' in {}), 'a key became a property of every object');
  },
};
