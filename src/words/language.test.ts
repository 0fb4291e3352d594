import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { directionOf, languageFor, languages } from './language';
import { isText, takeTexts, translations } from './catalogue.mjs';

describe('the language', () => {
  it('is the first wanted one that there is, by its base, else English', () => {
    expect([languageFor(['fr-CH', 'de-AT', 'en']), languageFor(['fr']), languageFor([])]).toEqual([
      'de',
      'en',
      'en',
    ]);
    expect([directionOf('ar-EG'), directionOf('de')]).toEqual(['rtl', 'ltr']);
  });
  it('has a catalogue for each that can be chosen', () => {
    expect(translations).toEqual(Object.keys(languages).filter((code) => code !== 'en'));
  });
});

describe('texts', () => {
  const script = (text: string, more = {}) =>
    isText({
      msgStr: [text],
      plural: false,
      context: undefined,
      placeholders: [],
      type: 'message',
      details: { file: 'a.ts', scope: 'script', insideProgram: true, declaring: 'variable', ...more },
    });

  it('are what people read, not ids, names or keys', () => {
    for (const text of ['Every task is scored.', 'about # min left', 'Saving…', 'before, and after'])
      expect(script(text), text).toBe('message');
    for (const text of [
      'train',
      'ArrowLeft',
      'AbortError',
      'WebGPU',
      'Escape',
      'data-theme',
      'a/b c',
      '600 15px x',
      'M3 8.5l3.5 3.5L13 4.5',
      'Hu et al. 2021',
    ])
      expect(script(text), text).toBe(false);
    expect(script('looking…', { scope: 'attribute', attribute: 'placeholder' })).toBe('message');
    expect(script('one two', { scope: 'attribute', attribute: 'class' })).toBe(false);
  });
});

describe('modules of the built page', () => {
  let taken: Awaited<ReturnType<typeof takeTexts>>;
  beforeAll(async () => (taken = await takeTexts()), 60_000);

  it('ask for their texts by number, and make nothing anew for it', async () => {
    const files = new Set(taken.items.flatMap((item) => item.references.map(({ file }) => file)));
    expect(files.size).toBeGreaterThan(50);
    for (const file of files) {
      const [output] = await taken.hub.transform(readFileSync(file, 'utf8'), file);
      expect(output.code, file).toContain('_w_load_');
      // What is asked must be there to ask.
      expect(output.code, file).toMatch(/(const|let) _w_runtime_ = /);
      // A constant with a text in it becomes derived in a component; an object with a state must not.
      expect(output.code, file).not.toMatch(/\$derived\(\s*new /);
      // An element within a sentence has one text; of two, each would show both: put the sentence in a span.
      for (const nested of output.code?.split('{#snippet _w_snippet_').slice(1) ?? [])
        expect(nested.split('{/snippet}')[0]!.split('.x(_w_ctx_)').length, `${file}: ${nested}`).toBeLessThan(
          3,
        );
    }
  });
});
