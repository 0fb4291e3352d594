/** What the worker says, as the page shows it: see `words/message.ts`. */
import { language } from '../words/language';
import { speaker } from '../words/message';

let say = $state.raw<(message: string) => string>((message) => message);

/** A message of the worker in the language of the page, or as it is while that is on its way. */
export const spoken = (message: string): string => say(message);

/** The built page alone has other languages, and asks for these once it is there. */
export async function learnToSpeak(): Promise<void> {
  if (!import.meta.env.PROD || language === 'en') return;
  const { messagePairs } = await import('../words/messages.loader');
  const pairs = await messagePairs();
  if (pairs) say = speaker(pairs, language);
}
