import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { Charsmap } from './charsmap';
import { Unigram } from './unigram';

/**
 * Text to token ids and back, as a model's `tokenizer.json` describes it. Ids equal those of Hugging Face's
 * own tokenizers; where the library differs from them, the description is put right before it sees it.
 */
export class Tokenizer {
  readonly #inner: HuggingFaceTokenizer;
  readonly #charsmap: Charsmap | null;
  readonly #end: number;
  /** Number of tokens, the added ones included; the model's table may have more rows. */
  readonly vocabSize: number;

  private constructor(inner: HuggingFaceTokenizer, charsmap: Charsmap | null, unigram: Unigram | null) {
    const end = inner.token_to_id('</s>');
    if (end === undefined) throw new Error('tokenizer.json: expected a token </s>, which ends every T5 text');
    this.#inner = inner;
    this.#charsmap = charsmap;
    this.#end = end;
    this.vocabSize = inner.get_vocab(true).size;
    rememberWords(inner, unigram);
  }

  /**
   * @param tokenizerJson contents of `tokenizer.json`
   * @param tokenizerConfigJson contents of `tokenizer_config.json`
   * @throws Error when the description is not a tokenizer's
   */
  static fromJson(tokenizerJson: unknown, tokenizerConfigJson?: unknown): Tokenizer {
    if (!isObject(tokenizerJson) || !isObject(tokenizerJson['model']))
      throw new Error('tokenizer.json: expected an object with a "model"');
    // Where nothing is said of it, transformers leaves the spaces before punctuation as they are.
    const config = {
      clean_up_tokenization_spaces: false,
      ...(isObject(tokenizerConfigJson) ? tokenizerConfigJson : {}),
    };
    const { normalizer, charsmap } = takeCharsmap(tokenizerJson['normalizer']);
    const preTokenizer = correctWhitespace(tokenizerJson['pre_tokenizer']);
    const description = { ...tokenizerJson, normalizer, pre_tokenizer: preTokenizer };
    return new Tokenizer(
      new HuggingFaceTokenizer(description, config),
      charsmap,
      unigramOf(tokenizerJson['model']),
    );
  }

  /** Token ids of a text, ending in that of `</s>`. */
  encode(text: string): number[] {
    const { ids } = this.#inner.encode(this.#charsmap?.normalize(text) ?? text);
    return ids[ids.length - 1] === this.#end ? ids : [...ids, this.#end];
  }

  /** The text of token ids, without special tokens. */
  decode(ids: number[]): string {
    return this.#inner.decode(ids, { skip_special_tokens: true });
  }

  /** The text of one token as it stands within others: with its space, and with its name if it is a special one. */
  piece(id: number): string {
    return (this.#inner.id_to_token(id) ?? '').replaceAll('▁', ' ');
  }
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Words remembered at most; texts of a task share most of theirs. */
const MOST_WORDS = 100_000;

/** The library searches the best pieces of every word anew; words repeat, and their pieces with them. */
function rememberWords({ model }: HuggingFaceTokenizer, unigram: Unigram | null): void {
  if (model === null) return;
  const known = new Map<string, string[]>();
  const encode = model.encode.bind(model);
  model.encode = (words) =>
    words.flatMap((word) => {
      let pieces = known.get(word);
      if (pieces === undefined) {
        if (known.size >= MOST_WORDS) known.clear();
        pieces = unigram ? unigram.pieces(word) : encode([word]);
        known.set(word, pieces);
      }
      return pieces;
    });
}

/** Our own search for the best pieces; the library's adds up in another order, and ties fall otherwise. */
function unigramOf(model: Json): Unigram | null {
  const vocab: unknown = model['vocab'];
  return model['type'] === 'Unigram' && Array.isArray(vocab)
    ? new Unigram(vocab as [string, number][])
    : null;
}

/**
 * The library stands in for a precompiled character map with rules that come close; the map itself takes their
 * place when it is the first normalizer, which is where T5's tokenizers have it.
 */
function takeCharsmap(normalizer: unknown): { normalizer: unknown; charsmap: Charsmap | null } {
  if (!isObject(normalizer)) return { normalizer, charsmap: null };
  if (normalizer['type'] === 'Precompiled') {
    const map = normalizer['precompiled_charsmap'];
    return { normalizer: null, charsmap: typeof map === 'string' && map !== '' ? new Charsmap(map) : null };
  }
  const { type, normalizers } = normalizer;
  if (type !== 'Sequence' || !Array.isArray(normalizers)) return { normalizer, charsmap: null };
  const [first, ...others] = normalizers as unknown[];
  const taken = takeCharsmap(first);
  if (taken.charsmap === null) return { normalizer, charsmap: null };
  const rest = taken.normalizer === null ? others : [taken.normalizer, ...others];
  return {
    normalizer: rest.length === 0 ? null : { ...normalizer, normalizers: rest },
    charsmap: taken.charsmap,
  };
}

/** JavaScript's `\s` is not Unicode's white space, which Hugging Face splits at: U+0085 is, U+FEFF is not. */
function correctWhitespace(preTokenizer: unknown): unknown {
  if (!isObject(preTokenizer)) return preTokenizer;
  if (preTokenizer['type'] === 'WhitespaceSplit')
    return { type: 'Split', pattern: { Regex: '\\p{White_Space}+' }, behavior: 'Removed', invert: false };
  const sequence = preTokenizer['pretokenizers'];
  if (!Array.isArray(sequence)) return preTokenizer;
  return { ...preTokenizer, pretokenizers: sequence.map(correctWhitespace) };
}
