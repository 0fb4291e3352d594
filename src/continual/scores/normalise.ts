/**
 * Punctuation of every script, and the ASCII symbols that Python's `string.punctuation` has beside it
 * (`$+<=>^`|~`), which Unicode files under symbols.
 */
const punctuation = /[\p{P}$+<=>^`|~]/gu;

const oneSpace = (text: string): string => text.replace(/\s+/gu, ' ').trim();

/**
 * The form in which exact match compares answers: compatibility characters folded (NFKC, as T5's tokenizer
 * does to all it reads), lower case, punctuation deleted, blanks collapsed. Articles stay, since label sets
 * may differ in them. A text of nothing but punctuation is kept as it is, so that `+` and `-` stay different.
 */
export function normaliseAnswer(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase();
  return oneSpace(folded.replace(punctuation, '')) || oneSpace(folded);
}

/** SQuAD's form: as `normaliseAnswer`, and without the words a, an and the. */
export function normaliseSquad(text: string): string {
  return oneSpace(
    text
      .normalize('NFKC')
      .toLowerCase()
      .replace(punctuation, '')
      .replace(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, ' '),
  );
}
