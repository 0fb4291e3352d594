/**
 * What the worker says, in the language of the page. It is plain English where it is made, in logs, in records and in
 * files that leave the page; here a message is found again among those that the sources have (`messages.mjs`), with what
 * was put into it, and put together anew. What is not found stays as it is.
 */

/** Each message with {0}, {1} for what varies, and its translation. */
export type Pairs = readonly (readonly [string, string])[];

interface Pattern {
  matches: RegExp;
  /** The place in the translation of each group that matched. */
  slots: string[];
  translation: string;
  /** Letters that do not vary: the more, the surer that it is this message. */
  letters: number;
}

/** A text as it is said, and how many of its letters are as they were. */
interface Said {
  text: string;
  left: number;
}

/**
 * Fewer letters than this ("a of b") may be anybody's words: they are a message where nothing but numbers varies, or
 * where a part of them is known. Alone, a few less are enough.
 */
const SURE = 9;
const LIKELY = 5;
/** Between sentences, between what was being done and why it failed, in lists. */
const CUTS = /(?<=[.!?]) (?=\p{Lu})|: |; | and |, /gu;
const NUMBER = /^[−-]?\d[\d,]*(\.\d+)?$/;
/** Bytes, and what takes them: "4.2 GiB", "weights 310 MB". */
const AMOUNT = /^([A-Za-z ]*? )?(\d[\d,]*(?:\.\d+)? (?:bytes|[kKMGT]i?B))$/;
/** How deep messages lie in messages: a reason in a failure in what was being done. */
const DEEPEST = 4;

const lettersOf = (text: string): number => text.replace(/\P{L}/gu, '').length;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function pattern(message: string, translation: string): Pattern {
  const parts = message.split(/(\{\d+\})/);
  const source = parts.map((part, i) => (i % 2 === 1 ? '([\\s\\S]*?)' : escaped(part))).join('');
  return {
    matches: new RegExp(`^${source}$`),
    slots: parts.filter((_, i) => i % 2 === 1),
    translation,
    letters: lettersOf(message),
  };
}

/**
 * @param locale whose decimal point and thousands what was put in is given
 * @returns what says a message in the language of the pairs
 */
export function speaker(pairs: Pairs, locale = 'en'): (message: string) => string {
  const words = new Map(pairs.filter(([message]) => !message.includes(' ')));
  const exact = new Map(pairs.filter(([message]) => message.includes(' ') && !/\{\d+\}/.test(message)));
  const patterns = pairs
    .filter(([message]) => /\{\d+\}/.test(message))
    .map(([message, translation]) => pattern(message, translation))
    .sort((a, b) => b.letters - a.letters);
  const local = localNumber(locale);

  /** What is known of a text, by the text: looked for at every place where messages may have been put together. */
  const found = new Map<string, Said>();

  /** A text said as well as it can be: as one message or as several. */
  function best(text: string, depth: number): Said {
    const known = found.get(text);
    if (known) return known;
    let said: Said = { text, left: lettersOf(text) };
    const offer = (other: Said) => {
      if (other.left < said.left) said = other;
    };
    const translation = exact.get(text);
    if (translation !== undefined) return { text: translation, left: 0 };
    for (const { matches, slots, ...one } of patterns) {
      if (said.left === 0) break;
      const values = matches.exec(text)?.slice(1);
      if (
        values &&
        (one.letters >= SURE ||
          values.every((value) => NUMBER.test(value)) ||
          values.some((value) => exact.has(value)) ||
          (depth === 0 && one.letters >= LIKELY))
      ) {
        const put = values.map((value) => inside(value, depth + 1));
        offer({
          // Each is put in by a function, so that a $ in it is a $.
          text: slots.reduce(
            (whole, slot, i) => whole.replaceAll(slot, () => put[i]?.text ?? ''),
            one.translation,
          ),
          left: put.reduce((sum, { left }) => sum + left, 0),
        });
      }
    }
    if (depth < DEEPEST)
      for (const cut of text.matchAll(CUTS)) {
        if (said.left === 0) break;
        const first = best(text.slice(0, cut.index), depth + 1);
        const rest = best(text.slice(cut.index + cut[0].length), depth + 1);
        offer({ text: `${first.text}${cut[0]}${rest.text}`, left: first.left + rest.left });
      }
    found.set(text, said);
    return said;
  }

  /** What was put into a message. People's own words come in quotes and stay theirs. */
  function inside(value: string, depth: number): Said {
    if (value.startsWith('"')) return { text: value, left: 0 };
    const amounts = value.split(', ').map((part) => AMOUNT.exec(part));
    if (amounts.every((amount) => amount !== null)) {
      const parts = amounts.map(([, what = '', amount = '']) => {
        const named = what === '' ? '' : `${inside(what.trim(), depth).text} `;
        return `${named}${local(amount)}`;
      });
      return { text: parts.join(', '), left: 0 };
    }
    const word = words.get(value);
    return word === undefined ? best(value, depth) : { text: word, left: 0 };
  }

  return (message) => {
    found.clear();
    const text = message.replace(/\s+/g, ' ').trim();
    const said = best(text, 0);
    return said.text === text ? message : said.text;
  };
}

/** "1,234.5" as it is written there. */
function localNumber(locale: string): (text: string) => string {
  const parts = new Intl.NumberFormat(locale).formatToParts(12345.6);
  const sign = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const [decimal, group] = [sign('decimal'), sign('group')];
  return (text) => text.replace(/[.,]/g, (point) => (point === '.' ? decimal : group));
}
