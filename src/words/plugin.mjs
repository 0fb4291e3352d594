/** Puts the texts of the page's language in the place of the English ones when the page is built. */
import path from 'node:path';
import { root, source, takeTexts, translations } from './catalogue.mjs';

const VIRTUAL = 'virtual:catalogues';

/** @returns {import('vite').Plugin} */
export function words() {
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
