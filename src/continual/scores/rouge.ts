/**
 * ROUGE F-measures as Google's `rouge_score` computes them with its stemmer on, which is how summarisation with
 * T5 is usually reported. Each is the best over the references, 0 to 100.
 * @see Lin 2004
 */
import { porterStem } from './porter';

/** Lower case; runs of anything but a-z and 0-9 part the words; words of more than three letters are stemmed. */
function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
    .map((word) => (word.length > 3 ? porterStem(word) : word));
}

/** 0 to 100 from what the two sides share. */
function fMeasure(common: number, inAnswer: number, inReference: number): number {
  const precision = common / Math.max(1, inAnswer);
  const recall = common / Math.max(1, inReference);
  return precision + recall === 0 ? 0 : (100 * 2 * precision * recall) / (precision + recall);
}

const best = (
  answer: string,
  references: readonly string[],
  pair: (a: string, r: string) => number,
): number => Math.max(0, ...references.map((reference) => pair(answer, reference)));

function counts(items: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const item of items) found.set(item, (found.get(item) ?? 0) + 1);
  return found;
}

function nGrams(text: string, n: number): string[] {
  const list = words(text);
  return Array.from({ length: Math.max(0, list.length - n + 1) }, (_, i) => list.slice(i, i + n).join(' '));
}

/** ROUGE-N: n-grams that both sides have, counted with repetition. */
const rougeN = (n: number) => (answer: string, references: readonly string[]) =>
  best(answer, references, (a, r) => {
    const given = nGrams(a, n);
    const wanted = nGrams(r, n);
    const left = counts(wanted);
    let common = 0;
    for (const [gram, count] of counts(given)) common += Math.min(count, left.get(gram) ?? 0);
    return fMeasure(common, given.length, wanted.length);
  });

export const rouge1 = rougeN(1);
export const rouge2 = rougeN(2);

/** The table of the lengths of longest common subsequences of the beginnings of a and b. */
function subsequences(a: readonly string[], b: readonly string[]): Int32Array[] {
  const table = [new Int32Array(b.length + 1)];
  a.forEach((word, i) => {
    const above = table[i] as Int32Array;
    const row = new Int32Array(b.length + 1);
    for (let j = 1; j <= b.length; j++) {
      row[j] = word === b[j - 1] ? (above[j - 1] ?? 0) + 1 : Math.max(above[j] ?? 0, row[j - 1] ?? 0);
    }
    table.push(row);
  });
  return table;
}

/** ROUGE-L: the longest common subsequence, the whole answer taken as one sentence. */
export function rougeL(answer: string, references: readonly string[]): number {
  return best(answer, references, (a, r) => {
    const given = words(a);
    const wanted = words(r);
    return fMeasure(subsequences(given, wanted).at(-1)?.at(-1) ?? 0, given.length, wanted.length);
  });
}

/** Places of a in one longest common subsequence with b; ties are broken as `rouge_score` does. */
function placesOfSubsequence(a: readonly string[], b: readonly string[]): number[] {
  const table = subsequences(a, b);
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
  const places: number[] = [];
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      places.push(i - 1);
      i--;
      j--;
    } else if (at(i, j - 1) > at(i - 1, j)) j--;
    else i--;
  }
  return places;
}

/**
 * ROUGE-Lsum: for each line of the reference the union of its longest common subsequences with every line of
 * the answer; a word counts no more often than either side has it. Lines are sentences; without newlines it
 * equals ROUGE-L.
 */
export function rougeLsum(answer: string, references: readonly string[]): number {
  const lines = (text: string): string[][] => text.split('\n').filter(Boolean).map(words);
  return best(answer, references, (a, r) => {
    const given = lines(a);
    const wanted = lines(r);
    const left = [counts(given.flat()), counts(wanted.flat())] as const;
    let common = 0;
    for (const line of wanted) {
      const union = new Set(given.flatMap((other) => placesOfSubsequence(line, other)));
      for (const place of [...union].sort((x, y) => x - y)) {
        const word = line[place] ?? '';
        const [ofGiven, ofWanted] = [left[0].get(word) ?? 0, left[1].get(word) ?? 0];
        if (ofGiven === 0 || ofWanted === 0) continue;
        common++;
        left[0].set(word, ofGiven - 1);
        left[1].set(word, ofWanted - 1);
      }
    }
    return fMeasure(common, given.flat().length, wanted.flat().length);
  });
}
