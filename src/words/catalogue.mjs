/**
 * What a text of the page is, and where its translations lie: wuchale takes the texts out of the sources as they
 * are, this file says which strings are texts, and `*.po` beside it has each in another language.
 */
import { adapter as components } from '@wuchale/svelte';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import PO from 'pofile';
import { defaultHeuristicOpts, createHeuristic, Hub } from 'wuchale';
import { varNames } from 'wuchale/adapter-utils';
import { adapter as modules } from 'wuchale/adapter-vanilla';

/** @typedef {import('wuchale').Item} Item */

export const root = path.resolve(import.meta.dirname, '../..');
const folder = 'src/words';

export const source = 'en';
export const translations = ['de'];
/** @type {[string, ...string[]]} */
const locales = [source, ...translations];

/** Folders whose modules speak to people, in the page. What workers say is English. */
const sources = ['ui', 'run'];
const noText = ['src/**/*.test.ts', 'src/run/**/testing.ts', 'src/ui/testing/**'];

/** Keys of the keyboard and of roles: compared, never shown. */
const keys = /^(Escape|Enter|Tab|Home|End|Delete|Backspace|Space)$/;
/** WebGPU, AdamW, ArrowLeft, AbortError: names, the same in every language, or none of the reader's business. */
const oneName = /^\p{Lu}[\p{L}\d]*\p{Lu}[\p{L}\d]*$/u;
/** The path of an icon; who wrote a paper, and when. */
const drawing = /^M[\d.]+[\d\s.,a-zA-Z-]*\d[zZ]?$/;
const citation = /(et al\.|&) ?\w* ?\d{4}$/;
const said = ['title', 'aria-label', 'placeholder', 'alt', 'label', 'text', 'hint', 'none'];
/**
 * Words with a space between them, as in `about # left` or `# of # rows`; not CSS, not a path. A `#` is what varies.
 */
const phrase =
  /^([,;] #? ?\p{L}{2,}|\p{Ll}+…$|\(\p{L}+\)$|\p{Ll}[\p{L}’'-]*[,:;]? [\p{L}#]|#[,:;]? \p{L}{2,})/u;

const usual = createHeuristic({
  ...defaultHeuristicOpts,
  ignoreCalls: ['fetch', 'Symbol', 'querySelector', 'querySelectorAll', 'matchMedia'],
});

/** @type {import('wuchale').HeuristicFunc} */
export function isText(message) {
  const { scope, attribute, element, call } = message.details;
  const text = message.msgStr.join('\n');
  if (element === 'svg' || element === 'code' || drawing.test(text) || citation.test(text)) return false;
  if (scope === 'script' && (keys.test(text) || oneName.test(text))) return false;
  if (scope === 'markup' && oneName.test(text)) return false;
  if (usual(message)) return 'message';
  if (call?.startsWith('console.') === true || attribute === 'class') return false;
  const lower =
    (scope === 'attribute' && said.includes(attribute ?? '') && /\p{L}/u.test(text)) ||
    (scope === 'script' && phrase.test(text));
  return lower ? 'message' : false;
}

/** What is generated stays in memory; the sources and translations are read from the disk. */
export class Memory {
  /** @type {Map<string, string>} by absolute path */
  files = new Map();

  /** @param {string} file */
  async read(file) {
    const made = this.files.get(file);
    if (made !== undefined) return made;
    try {
      return await readFile(file, 'utf8');
    } catch {
      return null;
    }
  }
  /**
   * @param {string} file
   * @param {string} content
   */
  write(file, content) {
    this.files.set(file, content);
  }
  mkdir() {}
  /** @param {string} file */
  async exists(file) {
    return (await this.read(file)) !== null;
  }
  /** @param {string} file */
  unlink(file) {
    return this.files.delete(file);
  }
}

/** @param {string} language */
export const poFile = (language) => path.join(root, folder, `${language}.po`);

/** @param {string} language */
export async function readPo(language) {
  return PO.parse(await readFile(poFile(language), 'utf8'));
}

/** @param {string} language */
export const messagesFile = (language) => path.join(root, folder, `messages.${language}.po`);

/**
 * What is said off the page: see `messages.mjs`.
 * @param {string} language
 * @returns {[string, string][]} each message and what it is in that language, '' where it has no translation
 */
export function readMessages(language) {
  const { items } = PO.parse(readFileSync(messagesFile(language), 'utf8'));
  return items.map(({ msgid, msgstr }) => [msgid, msgstr[0] ?? '']);
}

/**
 * Takes the texts out of all sources.
 * @returns `hub` transforms modules, `memory` has the catalogues that they then need, `items` are the texts with
 *   their translations and the files that use them
 */
export async function takeTexts() {
  const memory = new Memory();
  /** @type {Item[]} */
  let items = [];
  const storage = () => ({
    key: 'po',
    files: translations.map(poFile),
    load: readTranslations,
    /** @param {{ items: Item[] }} data */
    save: (data) => void (items = data.items),
  });
  const common = { storage, loader: 'custom', sourceLocale: source };
  const files = (/** @type {string} */ extension) => ({
    include: sources.map((name) => `src/${name}/**/*.${extension}`),
    ignore: noText,
  });
  const hub = await Hub.create(
    'cli',
    () => ({
      locales,
      fallback: {},
      localesDir: folder,
      ai: null,
      logLevel: 'warn',
      hmr: false,
      adapters: {
        components: components({
          ...common,
          heuristic: isText,
          files: files('svelte'),
          patterns: [],
          // The language stays what it is for as long as the page is open.
          runtime: {
            initReactive: ({ funcName }) => ((funcName ?? null) === null ? false : null),
            useReactive: false,
          },
        }),
        modules: atTop(
          modules({
            ...common,
            heuristic: isText,
            files: files('ts'),
            patterns: [],
            runtime: { initReactive: () => null, useReactive: false },
          }),
        ),
      },
    }),
    root,
    0,
    memory,
  );
  await hub.directVisit(false, false, false);
  return { hub, memory, items };
}

/**
 * Texts of modules are asked for once for all of a module, since they stand in its constants too.
 * @param {import('wuchale').Adapter} adapter
 * @returns {import('wuchale').Adapter}
 */
function atTop(adapter) {
  return {
    ...adapter,
    async transform(context) {
      const { msgs, output } = await adapter.transform(context);
      return {
        msgs,
        output: (header) => output(`${header}\nconst ${varNames.rt} = ${context.expr.plain};`),
      };
    },
  };
}

async function readTranslations() {
  /** @type {Map<string, Item>} */
  const items = new Map();
  for (const language of translations)
    for (const { msgid, msgstr } of (await readPo(language)).items) {
      const item = items.get(msgid) ?? {
        translations: new Map(locales.map((locale) => [locale, locale === source ? [msgid] : []])),
        references: [],
        urlAdapters: [],
      };
      item.translations.set(
        language,
        msgstr.filter((text) => text !== ''),
      );
      items.set(msgid, item);
    }
  return { items: [...items.values()] };
}
