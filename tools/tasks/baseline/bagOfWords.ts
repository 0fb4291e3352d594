/** What can be told from the counts of words alone: multinomial naive Bayes and logistic regression. */
import { random } from '../random.mjs';

export interface Row {
  input: string;
  target: string;
}

/** A text as it is seen without order: how often it holds each word. */
export function countsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[a-z0-9']+/g) ?? [])
    counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

export type Classify = (text: string) => string;

/** The label with the largest score; the first of equal ones. */
function best(labels: readonly string[], scores: readonly number[]): string {
  return labels[scores.indexOf(Math.max(...scores))] ?? '';
}

/**
 * Multinomial naive Bayes on word counts; words that training did not have count nothing.
 * @param smoothing added to each count (Laplace)
 * @see McCallum & Nigam 1998
 */
export function naiveBayes(rows: readonly Row[], smoothing = 1): Classify {
  const labels = [...new Set(rows.map((row) => row.target))].sort();
  const words = new Map<string, number[]>();
  const totals = labels.map(() => 0);
  const documents = labels.map(() => 0);
  for (const { input, target } of rows) {
    const label = labels.indexOf(target);
    documents[label]! += 1;
    for (const [word, count] of countsOf(input)) {
      let counts = words.get(word);
      if (!counts) words.set(word, (counts = labels.map(() => 0)));
      counts[label]! += count;
      totals[label]! += count;
    }
  }
  return (text) => {
    const scores = labels.map((_, label) => Math.log(documents[label]! / rows.length));
    for (const [word, count] of countsOf(text)) {
      const counts = words.get(word);
      if (!counts) continue;
      labels.forEach((_, label) => {
        const share = (counts[label]! + smoothing) / (totals[label]! + smoothing * words.size);
        scores[label]! += count * Math.log(share);
      });
    }
    return best(labels, scores);
  };
}

/**
 * Multinomial logistic regression on word counts, by stochastic gradient descent with L2 decay; the order of the
 * rows is seeded, so that two calls give the same.
 */
export function logisticRegression(rows: readonly Row[], epochs = 40, rate = 0.2, decay = 1e-5): Classify {
  const labels = [...new Set(rows.map((row) => row.target))].sort();
  const weights = new Map<string, number[]>();
  const biases = labels.map(() => 0);
  const seen = rows.map((row) => ({ counts: countsOf(row.input), label: labels.indexOf(row.target) }));
  for (const { counts } of seen)
    for (const word of counts.keys())
      if (!weights.has(word))
        weights.set(
          word,
          labels.map(() => 0),
        );
  const scoresOf = (counts: ReadonlyMap<string, number>): number[] => {
    const scores = [...biases];
    for (const [word, count] of counts)
      weights.get(word)?.forEach((weight, label) => (scores[label]! += count * weight));
    return scores;
  };
  const source = random('logistic regression');
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = rate / (1 + epoch / 10);
    for (const { counts, label } of source.shuffled(seen)) {
      const scores = scoresOf(counts);
      const top = Math.max(...scores);
      const parts = scores.map((score) => Math.exp(score - top));
      const sum = parts.reduce((a, b) => a + b, 0);
      parts.forEach((part, other) => {
        const slope = part / sum - (other === label ? 1 : 0);
        biases[other]! -= step * slope;
        for (const [word, count] of counts) {
          const own = weights.get(word)!;
          own[other]! -= step * (slope * count + decay * own[other]!);
        }
      });
    }
  }
  return (text) => best(labels, scoresOf(countsOf(text)));
}
