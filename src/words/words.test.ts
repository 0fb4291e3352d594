/** Every text of the page in every language. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPo, root, takeTexts, translations } from './catalogue.mjs';
import { nouns } from './nouns';

let used: string[];
beforeAll(async () => {
  const { items } = await takeTexts();
  used = items
    .filter(({ references }) => references.length > 0)
    .map((item) => item.translations.get('en')?.[0] ?? '');
}, 60_000);

/** What is put in, and what is marked: {0}, <0/>, <1>, </1>. */
const slots = (text: string) => (text.match(/\{\d\}|<\/?\d\/?>/g) ?? []).sort();

describe.each(translations)('the translations into %s', (language) => {
  it('have every text of the page, with all that is put into it', async () => {
    const { items } = await readPo(language);
    const words = new Map(items.map(({ msgid, msgstr }) => [msgid, msgstr[0] ?? '']));
    expect(used.length).toBeGreaterThan(700);
    expect(
      used.filter((text) => !words.get(text)),
      'npm run words lists them too',
    ).toEqual([]);
    for (const [text, translated] of words) expect(slots(translated), text).toEqual(slots(text));
  });

  it('have the single words that stand in scripts, which are ids unless they are marked', () => {
    for (const word of [
      ...['lost', 'kept', 'won', 'before', 'ready', 'step', 'above', 'below', 'forgetting', 'seconds'],
      ...['frontier', 'embeddings', 'norms', 'table'],
    ])
      expect(used, word).toContain(word);
  });

  it('have every noun that is counted', () => {
    const counted = new Set<string>();
    for (const entry of readdirSync(path.join(root, 'src/ui'), { recursive: true, withFileTypes: true }))
      if (entry.isFile() && /\.(svelte|ts)$/.test(entry.name) && !entry.name.includes('.test.'))
        for (const [, noun] of readFileSync(path.join(entry.parentPath, entry.name), 'utf8').matchAll(
          /\bplural\([^'()]*(?:\([^()]*\)[^'()]*)*'([a-z ]+)'/g,
        ))
          counted.add(noun!);
    expect(counted.size).toBeGreaterThan(5);
    const known = Object.keys(nouns[language as keyof typeof nouns]);
    expect([...counted].filter((noun) => !known.includes(noun))).toEqual([]);
  });
});
