/**
 * The pieces of a word that are likeliest together, by a Unigram model. Sums are made and compared in the order of
 * Hugging Face's tokenizers, so that ties, which rounding decides, fall as they do there.
 * @see Kudo 2018, Subword Regularization; github.com/huggingface/tokenizers, unigram/model.rs, encode_optimized
 */
export class Unigram {
  readonly #scores: ReadonlyMap<string, number>;
  readonly #unknown: number;
  /** Characters of the longest piece. */
  readonly #longest: number;

  /** @param vocab pieces and their log probabilities */
  constructor(vocab: readonly (readonly [piece: string, score: number])[]) {
    this.#scores = new Map(vocab);
    this.#unknown = vocab.reduce((least, [, score]) => Math.min(least, score), Infinity) - 10;
    this.#longest = vocab.reduce((most, [piece]) => Math.max(most, Array.from(piece).length), 0);
  }

  /** What no piece covers comes out character by character. */
  pieces(word: string): string[] {
    const characters = Array.from(word);
    const { length } = characters;
    const best = new Float64Array(length + 1);
    const from = new Int32Array(length + 1).fill(-1);
    for (let start = 0; start < length; start += 1) {
      const till = best[start]!;
      const offer = (end: number, score: number) => {
        const sum = score + till;
        if (from[end] !== -1 && sum <= best[end]!) return;
        best[end] = sum;
        from[end] = start;
      };
      let piece = '';
      let covered = false;
      for (let end = start + 1; end <= length && end - start <= this.#longest; end += 1) {
        piece += characters[end - 1]!;
        const score = this.#scores.get(piece);
        if (score === undefined) continue;
        offer(end, score);
        if (end === start + 1) covered = true;
      }
      if (!covered) offer(start + 1, this.#unknown);
    }
    const found: string[] = [];
    for (let end = length; end > 0; end = from[end]!) found.push(characters.slice(from[end], end).join(''));
    return found.reverse();
  }
}
