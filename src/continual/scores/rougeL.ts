import { porterStem } from './porter';

/** Lower case; runs of anything but a-z and 0-9 part the words; words of more than three letters are stemmed. */
function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
    .map((word) => (word.length > 3 ? porterStem(word) : word));
}

/** Length of the longest common subsequence; one row of the table at a time. */
function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  const lengths = new Int32Array(b.length + 1);
  for (const word of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = lengths[j] ?? 0;
      lengths[j] = word === b[j - 1] ? diagonal + 1 : Math.max(above, lengths[j - 1] ?? 0);
      diagonal = above;
    }
  }
  return lengths[b.length] ?? 0;
}

function pairF(answer: readonly string[], reference: readonly string[]): number {
  if (answer.length === 0 || reference.length === 0) return 0;
  const common = longestCommonSubsequence(answer, reference);
  if (common === 0) return 0;
  const precision = common / answer.length;
  const recall = common / reference.length;
  return (100 * 2 * precision * recall) / (precision + recall);
}

/**
 * ROUGE-L F-measure as Google's `rouge_score` computes it with its stemmer on, which is how summarisation with
 * T5 is usually reported; the best over the references. The whole answer is one sentence: T5's tokenizer has no
 * newline, so ROUGE-Lsum would be the same.
 * @returns 0 to 100
 * @see Lin 2004
 */
export function rougeL(answer: string, references: readonly string[]): number {
  const given = words(answer);
  return Math.max(0, ...references.map((reference) => pairF(given, words(reference))));
}
