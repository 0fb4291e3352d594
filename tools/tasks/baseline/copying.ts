/** What can be had by copying: the answer of the most similar training row, or the best piece of the input. */
import { countsOf, type Row } from './bagOfWords';

/**
 * The answer of the training row whose words are most like the text's: cosine of counts, weighted by the inverse
 * document frequency.
 */
export function nearestNeighbour(rows: readonly Row[]): (text: string) => string {
  const seen = rows.map(({ input, target }) => ({ counts: countsOf(input), target }));
  const documents = new Map<string, number>();
  for (const { counts } of seen)
    for (const word of counts.keys()) documents.set(word, (documents.get(word) ?? 0) + 1);
  const vectorOf = (counts: ReadonlyMap<string, number>): Map<string, number> => {
    const vector = new Map<string, number>();
    let squares = 0;
    for (const [word, count] of counts) {
      const frequency = documents.get(word);
      if (frequency === undefined) continue;
      const weight = count * Math.log(rows.length / frequency);
      vector.set(word, weight);
      squares += weight * weight;
    }
    const length = Math.sqrt(squares) || 1;
    for (const [word, weight] of vector) vector.set(word, weight / length);
    return vector;
  };
  const vectors = seen.map(({ counts, target }) => ({ vector: vectorOf(counts), target }));
  return (text) => {
    const own = vectorOf(countsOf(text));
    let closest = { likeness: -1, target: '' };
    for (const { vector, target } of vectors) {
      let likeness = 0;
      for (const [word, weight] of own) likeness += weight * (vector.get(word) ?? 0);
      if (likeness > closest.likeness) closest = { likeness, target };
    }
    return closest.target;
  };
}

/** What somebody might copy from an input: its turns without their speakers and with them, or its sentences. */
export function piecesOf(input: string): string[] {
  if (input.includes('\n'))
    return input.split('\n').flatMap((turn) => [turn, turn.slice(turn.indexOf(': ') + 2)]);
  return [input, ...input.split(/(?<=[.!?]) /)];
}
