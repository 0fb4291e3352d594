/** Brings what the worker says in the language of the page; `plugin.mjs` has it when the page is built. */
import messages from 'virtual:messages';
import { language } from './language';
import type { Pairs } from './message';

/** Null for English, in which it is said. */
export const messagePairs = async (): Promise<Pairs | null> =>
  (await messages[language]?.())?.default ?? null;
