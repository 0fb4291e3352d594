/** Puts the texts of the page's language in the place of the English ones when the page is built. */
import path from 'node:path';
import { readMessages, root, source, takeTexts, translations } from './catalogue.mjs';

const VIRTUAL = 'virtual:catalogues';
/** What the worker says, by language. */
const MESSAGES = 'virtual:messages';

/** @returns {import('vite').Plugin[]} */
export const words = () => [messages(), texts()];

/**
 * In the dev server too, which looks for what the page might ask for.
 * @returns {import('vite').Plugin}
 */
function messages() {
  return {
    name: 'lethe-messages',
    resolveId: (id) => (id.startsWith(MESSAGES) ? `\0${id}` : undefined),
    load(id) {
      if (id === `\0${MESSAGES}`)
        return `export default { ${translations
          .map((language) => `${JSON.stringify(language)}: () => import('${MESSAGES}/${language}')`)
          .join(', ')} };`;
      const language = id.split(`\0${MESSAGES}/`)[1];
      if (language === undefined) return undefined;
      return `export default ${JSON.stringify(readMessages(language))};`;
    },
  };
}

/** @returns {import('vite').Plugin} */
function texts() {
  /** @type {ReturnType<typeof takeTexts>} */
  let taken;
  return {
    name: 'lethe-words',
    // The dev server shows the sources as they are: English.
    apply: 'build',
    buildStart() {
      taken = takeTexts();
    },
    resolveId: (id) => (id.startsWith(VIRTUAL) ? `\0${id}` : undefined),
    async load(id) {
      if (id === `\0${VIRTUAL}`)
        return `export default { ${[source, ...translations]
          .map((language) => `${JSON.stringify(language)}: () => import('${VIRTUAL}/${language}')`)
          .join(', ')} };`;
      const language = id.split(`\0${VIRTUAL}/`)[1];
      if (language === undefined) return undefined;
      const file = `src/words/.wuchale/components.components.${language}.compiled.js`;
      return await (await taken).memory.read(path.join(root, file));
    },
    transform: {
      order: 'pre',
      async handler(code, id) {
        const [file = ''] = id.split('?');
        if (!/\.(svelte|ts)$/.test(file) || id.includes('?')) return undefined;
        const [output] = await (await taken).hub.transform(code, file);
        return output;
      },
    },
  };
}
