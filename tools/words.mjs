/**
 * npm run words
 *
 * Brings the translations up to date with the sources: texts that are new get an empty entry, texts that are gone
 * lose theirs. Prints what is missing; exits 1 while something is.
 */
import { writeFile } from 'node:fs/promises';
import PO from 'pofile';
import { poFile, readPo, takeTexts, translations } from '../src/words/catalogue.mjs';

const { items } = await takeTexts();
const used = items.filter((item) => item.references.length > 0);

let missing = 0;
for (const language of translations) {
  const po = await readPo(language);
  po.items = used
    .map((item) => {
      const entry = new PO.Item();
      entry.msgid = item.translations.get('en')?.[0] ?? '';
      entry.msgstr = item.translations.get(language) ?? [];
      entry.references = item.references.map(({ file }) => file);
      return entry;
    })
    .sort((a, b) => (a.msgid < b.msgid ? -1 : 1));
  for (const { msgid, msgstr } of po.items)
    if ((msgstr[0] ?? '') === '') {
      missing += 1;
      console.log(`${language}: ${msgid}`);
    }
  await writeFile(poFile(language), `${po.toString().trimEnd()}\n`);
}
console.log(`${used.length} texts, ${missing} without a translation`);
process.exitCode = missing > 0 ? 1 : 0;
