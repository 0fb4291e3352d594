/**
 * Porter's suffix stripper with the refinements that NLTK's default mode has, because `rouge_score` stems with
 * that one and scores should agree with it. Lower-case words of a-z and 0-9 only; digits count as consonants.
 * @see Porter 1980, "An algorithm for suffix stripping"
 */

/** Words that the rules get wrong. */
const irregular = new Map(
  Object.entries({
    sky: 'sky',
    skies: 'sky',
    dying: 'die',
    lying: 'lie',
    tying: 'tie',
    news: 'news',
    inning: 'inning',
    innings: 'inning',
    outing: 'outing',
    outings: 'outing',
    canning: 'canning',
    cannings: 'canning',
    howe: 'howe',
    proceed: 'proceed',
    exceed: 'exceed',
    succeed: 'succeed',
  }),
);

/** For each letter, whether it is a consonant: not a, e, i, o, u, and y only where no consonant is before it. */
function consonants(word: string): boolean[] {
  const flags: boolean[] = [];
  for (const letter of word) {
    flags.push(letter === 'y' ? flags.at(-1) !== true : !'aeiou'.includes(letter));
  }
  return flags;
}

/** m: how many times a run of vowels is followed by a run of consonants. */
function measure(stem: string): number {
  const flags = consonants(stem);
  return flags.filter((consonant, i) => consonant && i > 0 && flags[i - 1] === false).length;
}

const hasVowel = (stem: string): boolean => consonants(stem).includes(false);

function endsInDoubleConsonant(word: string): boolean {
  return word.length >= 2 && word.at(-1) === word.at(-2) && consonants(word).at(-1) === true;
}

/** *o: ends consonant, vowel, consonant, the last not w, x or y; or is a vowel and a consonant. */
function endsShort(word: string): boolean {
  const [c, b, a] = consonants(word).reverse();
  if (word.length === 2) return b === false && c === true;
  return a === true && b === false && c === true && !'wxy'.includes(word.at(-1) ?? '');
}

type Rule = readonly [suffix: string, replacement: string, condition?: (stem: string) => boolean];

/** Only the first rule whose suffix fits is tried, whether its condition holds or not. */
function apply(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, condition] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return !condition || condition(stem) ? stem + replacement : word;
  }
  return word;
}

function plurals(word: string): string {
  if (word.length === 4 && word.endsWith('ies')) return word.slice(0, 1) + 'ie';
  return apply(word, [
    ['sses', 'ss'],
    ['ies', 'i'],
    ['ss', 'ss'],
    ['s', ''],
  ]);
}

function pastAndGerund(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, -3) + (word.length === 4 ? 'ie' : 'i');
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const suffix = ['ed', 'ing'].find((s) => word.endsWith(s) && hasVowel(word.slice(0, -s.length)));
  if (!suffix) return word;
  const stem = word.slice(0, -suffix.length);
  if (/(?:at|bl|iz)$/.test(stem)) return stem + 'e';
  if (endsInDoubleConsonant(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? stem + 'e' : stem;
}

function finalY(word: string): string {
  return apply(word, [['y', 'i', (stem) => stem.length > 1 && consonants(stem).at(-1) === true]]);
}

const someMeasure = (stem: string): boolean => measure(stem) > 0;
const moreMeasure = (stem: string): boolean => measure(stem) > 1;

const doubleSuffixes: readonly Rule[] = [
  ...(
    [
      ['ational', 'ate'],
      ['tional', 'tion'],
      ['enci', 'ence'],
      ['anci', 'ance'],
      ['izer', 'ize'],
      ['bli', 'ble'],
      ['alli', 'al'],
      ['entli', 'ent'],
      ['eli', 'e'],
      ['ousli', 'ous'],
      ['ization', 'ize'],
      ['ation', 'ate'],
      ['ator', 'ate'],
      ['alism', 'al'],
      ['iveness', 'ive'],
      ['fulness', 'ful'],
      ['ousness', 'ous'],
      ['aliti', 'al'],
      ['iviti', 'ive'],
      ['biliti', 'ble'],
      ['fulli', 'ful'],
    ] as const
  ).map(([suffix, replacement]): Rule => [suffix, replacement, someMeasure]),
  // The l counts to the stem, so that geology loses its ending as archaeology does.
  ['logi', 'log', (stem) => someMeasure(stem + 'l')],
];

function joinSuffixes(word: string): string {
  // -alli first, and its result once more: "rationally" loses both of its endings.
  if (word.endsWith('alli') && someMeasure(word.slice(0, -4))) return joinSuffixes(word.slice(0, -2));
  return apply(word, doubleSuffixes);
}

const adjectiveSuffixes: readonly Rule[] = [
  ['icate', 'ic', someMeasure],
  ['ative', '', someMeasure],
  ['alize', 'al', someMeasure],
  ['iciti', 'ic', someMeasure],
  ['ical', 'ic', someMeasure],
  ['ful', '', someMeasure],
  ['ness', '', someMeasure],
];

const lastSuffixes: readonly Rule[] = [
  ...['al', 'ance', 'ence', 'er', 'ic', 'able', 'ible', 'ant', 'ement', 'ment', 'ent'].map((suffix): Rule => [
    suffix,
    '',
    moreMeasure,
  ]),
  ['ion', '', (stem) => moreMeasure(stem) && /[st]$/.test(stem)],
  ...['ou', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize'].map((suffix): Rule => [suffix, '', moreMeasure]),
];

function finalE(word: string): string {
  return apply(word, [['e', '', (s) => measure(s) > 1 || (measure(s) === 1 && !endsShort(s))]]);
}

function finalDoubleL(word: string): string {
  return apply(word, [['ll', 'l', (stem) => measure(stem + 'l') > 1]]);
}

/** The stem of a lower-case word. */
export function porterStem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 2) return word;
  let stem = joinSuffixes(finalY(pastAndGerund(plurals(word))));
  stem = apply(stem, adjectiveSuffixes);
  stem = apply(stem, lastSuffixes);
  return finalDoubleL(finalE(stem));
}
