/**
 * The precompiled character map of SentencePiece tokenizers (T5's own among them): which characters become which
 * before text is split into pieces. A double-array trie over UTF-8 leads to replacements in a table.
 * @see github.com/google/sentencepiece, builder.cc; github.com/s-yata/darts-clone;
 *   github.com/huggingface/spm_precompiled, whose rules of matching are followed
 */
export class Charsmap {
  readonly #units: Uint32Array;
  /** Replacements in UTF-8, each ending in a zero byte. */
  readonly #replacements: Uint8Array;
  readonly #known = new Map<string, string | null>();

  /**
   * @param base64 `precompiled_charsmap` of a tokenizer.json
   * @throws Error when it is cut short
   */
  constructor(base64: string) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const trieBytes = bytes.length < 4 ? Infinity : view.getUint32(0, true);
    if (trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length)
      throw new Error('tokenizer.json: precompiled_charsmap is cut short');
    this.#units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#replacements = bytes.subarray(4 + trieBytes);
  }

  /** The text with every mapped character, or short cluster of characters, replaced. */
  normalize(text: string): string {
    // Printable ASCII stands for itself in every map that SentencePiece makes.
    if (/^[\x20-\x7e]*$/.test(text)) return text;
    let normal = '';
    for (const { segment } of graphemes.segment(text)) {
      const whole = utf8.encode(segment).length < 6 ? this.#replacement(segment) : null;
      if (whole !== null) normal += whole;
      else for (const character of segment) normal += this.#replacement(character) ?? character;
    }
    return normal;
  }

  #replacement(chunk: string): string | null {
    let found = this.#known.get(chunk);
    if (found === undefined) {
      found = this.#lookUp(utf8.encode(chunk));
      this.#known.set(chunk, found);
    }
    return found;
  }

  /** What the shortest mapped prefix of the key is replaced by; the rest of the key goes with it. */
  #lookUp(key: Uint8Array): string | null {
    let unit = this.#units[0] ?? 0;
    let node = offset(unit);
    for (const byte of key) {
      if (byte === 0) break;
      node ^= byte;
      unit = this.#units[node] ?? 0;
      if (label(unit) !== byte) return null;
      node ^= offset(unit);
      if (hasLeaf(unit)) return this.#read((this.#units[node] ?? 0) & 0x7fffffff);
    }
    return null;
  }

  #read(from: number): string {
    const end = this.#replacements.indexOf(0, from);
    return new TextDecoder().decode(this.#replacements.subarray(from, end < 0 ? undefined : end));
  }
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const utf8 = new TextEncoder();

// The bits of one unit of a darts-clone trie.
const hasLeaf = (unit: number): boolean => ((unit >>> 8) & 1) === 1;
const label = (unit: number): number => (unit & 0x800000ff) >>> 0;
const offset = (unit: number): number => (unit >>> 10) << ((unit & 512) >>> 6);
