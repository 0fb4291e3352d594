/**
 * The language of the page: the one chosen, else the first of the browser's that there is. A change takes effect
 * with the next load, so that texts may stand anywhere, in constants too.
 */

/** Languages with a complete catalogue (`*.po` beside this file), by their own names. English is the source. */
export const languages = { en: 'English', de: 'Deutsch' } as const;

export type Language = keyof typeof languages;

const KEY = 'lethe-language';

/** The script's direction; no language of ours runs from right to left yet, and the page is laid out for it. */
const rightToLeft: readonly string[] = ['ar', 'fa', 'he', 'ur'];

/** @param wanted tags as of `navigator.languages`, the most wanted first */
export function languageFor(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0] ?? '';
    if (base in languages) return base as Language;
  }
  return 'en';
}

export const directionOf = (tag: string): 'ltr' | 'rtl' =>
  rightToLeft.includes(tag.toLowerCase().split('-')[0] ?? '') ? 'rtl' : 'ltr';

/** English where there is no browser: in tests and tools. */
export const language: Language = typeof document === 'undefined' ? 'en' : languageFor(wanted());

/** Keeps the choice for the next load. */
export function chooseLanguage(choice: Language): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Private windows may refuse; the browser's own language then stands.
  }
}

/** Says in the document what it is written in, for screen readers, hyphenation and quotes. */
export function markLanguage(root: HTMLElement): void {
  root.lang = language;
  root.dir = directionOf(language);
}

function wanted(): readonly string[] {
  try {
    const chosen = localStorage.getItem(KEY);
    if (chosen !== null) return [chosen, ...navigator.languages];
  } catch {
    // Nothing is kept here.
  }
  return navigator.languages;
}
