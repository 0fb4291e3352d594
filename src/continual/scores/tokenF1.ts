import { normaliseSquad } from './normalise';

const words = (text: string): string[] => normaliseSquad(text).split(' ').filter(Boolean);

/** F1 of two multisets of words, 0 to 100; two empty ones agree. */
function pairF1(answer: string[], reference: string[]): number {
  if (answer.length === 0 || reference.length === 0) return answer.length === reference.length ? 100 : 0;
  const left = new Map<string, number>();
  for (const word of reference) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of answer) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    common++;
  }
  if (common === 0) return 0;
  const precision = common / answer.length;
  const recall = common / reference.length;
  return (100 * 2 * precision * recall) / (precision + recall);
}

/**
 * F1 of the words that answer and reference share, counted with repetition, after SQuAD's normalisation; the
 * best over the references.
 * @returns 0 to 100
 * @see Rajpurkar et al. 2016
 */
export function tokenF1(answer: string, references: readonly string[]): number {
  const given = words(answer);
  return Math.max(0, ...references.map((reference) => pairF1(given, words(reference))));
}
