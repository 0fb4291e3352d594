/**
 * npm run words
 *
 * Brings the translations up to date with the sources, those of texts and those of what the worker says: what is new
 * gets an empty entry, what is gone loses its own. Prints what is missing; exits 1 while something is.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import PO from 'pofile';
import {
  messagesFile,
  poFile,
  readMessages,
  readPo,
  takeTexts,
  translations,
} from '../src/words/catalogue.mjs';
import { takeMessages } from '../src/words/messages.mjs';

const { items } = await takeTexts();
const used = items.filter((item) => item.references.length > 0);
const messages = takeMessages();

let missing = 0;

/**
 * @param {PO} po
 * @param {string} file
 * @param {{ text: string, translation: string[], files: string[] }[]} entries
 */
async function write(po, file, entries) {
  po.items = entries.map(({ text, translation, files }) => {
    const entry = new PO.Item();
    entry.msgid = text;
    entry.msgstr = translation;
    entry.references = files;
    return entry;
  });
  for (const { msgid, msgstr } of po.items)
    if ((msgstr[0] ?? '') === '') {
      missing += 1;
      console.log(`${path.basename(file)}: ${msgid}`);
    }
  await writeFile(file, `${po.toString().trimEnd()}\n`);
}

for (const language of translations) {
  const po = await readPo(language);
  const texts = used
    .map((item) => ({
      text: item.translations.get('en')?.[0] ?? '',
      translation: item.translations.get(language) ?? [],
      files: item.references.map(({ file }) => file),
    }))
    .sort((a, b) => (a.text < b.text ? -1 : 1));
  await write(po, poFile(language), texts);
  const known = new Map(readMessages(language));
  const said = messages.map(({ text, files }) => ({ text, translation: [known.get(text) ?? ''], files }));
  await write(po, messagesFile(language), said);
}
console.log(`${used.length} texts and ${messages.length} messages, ${missing} without a translation`);
process.exitCode = missing > 0 ? 1 : 0;
