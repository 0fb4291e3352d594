import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Tokenizer } from './tokenizer';

interface Case {
  text: string;
  ids: number[];
  decoded: string;
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));

/** Made by Hugging Face transformers: tests/fixtures/tokenizer/make.py. */
const pocket = read('tests/fixtures/tokenizer/pocket.json') as Case[];
/** Among them 600 texts of random Unicode. */
const nmtNfkc = read('tests/fixtures/tokenizer/nmt_nfkc.json') as { tokenizer: unknown; cases: Case[] };
const charsmap = read('tests/fixtures/tokenizer/charsmap.json') as { tokenizer: unknown; cases: Case[] };

describe.each([
  [
    'the pocket model',
    Tokenizer.fromJson(
      read('public/models/pocket/tokenizer.json'),
      read('public/models/pocket/tokenizer_config.json'),
    ),
    pocket,
  ],
  ['a precompiled character map', Tokenizer.fromJson(charsmap.tokenizer), charsmap.cases],
  ['the whole nmt_nfkc map', Tokenizer.fromJson(nmtNfkc.tokenizer), nmtNfkc.cases],
])('the tokenizer of %s', (_, tokenizer, cases) => {
  it.each(cases)('encodes $text as Hugging Face does', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    // Again, from the words it remembers.
    expect(tokenizer.encode(text)).toEqual(ids);
  });

  it.each(cases)('decodes $ids as Hugging Face does', ({ ids, decoded }) => {
    expect(tokenizer.decode(ids)).toBe(decoded);
  });

  it('says its tokens one by one, with their spaces', () => {
    const tokenizer = Tokenizer.fromJson(read('public/models/pocket/tokenizer.json'));
    const pieces = tokenizer.encode('two words').map((id) => tokenizer.piece(id));
    expect(pieces.join('')).toBe(' two words</s>');
    expect(pieces.length).toBeGreaterThan(2);
    expect(tokenizer.piece(10_000_000)).toBe('');
  });

  it('ends every text once', () => {
    const end = tokenizer.encode('');
    expect(end).toEqual([1]);
    expect(tokenizer.encode('a').filter((id) => id === 1)).toHaveLength(1);
  });
});

describe('Tokenizer', () => {
  it('counts the added tokens', () => {
    expect(Tokenizer.fromJson(read('public/models/pocket/tokenizer.json')).vocabSize).toBe(8192);
  });

  it('breaks ties as Hugging Face does, whose rounding decides', () => {
    const tokenizer = Tokenizer.fromJson(read('public/models/pocket/tokenizer.json'));
    const tie = tokenizer.encode('money---I').slice(1, 3);
    expect(tie.map((id) => tokenizer.decode([id]))).toEqual(['--', '-']);
  });

  it('says what is wrong with a file that is no tokenizer', () => {
    expect(() => Tokenizer.fromJson(null)).toThrow(/tokenizer\.json/);
    expect(() => Tokenizer.fromJson({ version: '1.0' })).toThrow(/"model"/);
    const noEnd = structuredClone(charsmap.tokenizer) as { model: { vocab: [string, number][] } };
    noEnd.model.vocab = noEnd.model.vocab.map(([piece, score]) => [piece === '</s>' ? '</t>' : piece, score]);
    expect(() => Tokenizer.fromJson({ ...noEnd, added_tokens: [], post_processor: null })).toThrow(/<\/s>/);
  });

  it('refuses a character map that is cut short', () => {
    const broken = {
      ...(charsmap.tokenizer as object),
      normalizer: { type: 'Precompiled', precompiled_charsmap: 'ALwC' },
    };
    expect(() => Tokenizer.fromJson(broken)).toThrow(/cut short/);
  });
});
