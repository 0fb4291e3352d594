/** Text to the clipboard, also where the asynchronous clipboard is withheld: pages on plain http. */
import type { Notices } from './state/notices.svelte';

/**
 * Copies a text, and says `done` once it is copied; where the browser lets nothing be copied, shows how to have it all
 * the same.
 */
export async function copyAndSay(
  notices: Pick<Notices, 'say' | 'show'>,
  text: string,
  done: string,
): Promise<void> {
  if (await copyText(text)) notices.say(done);
  else notices.show('info', 'This browser let nothing be copied; mark the text and copy it by hand.');
}

/** @returns false where the browser lets nothing be copied */
async function copyText(text: string): Promise<boolean> {
  // Typed as always there; absent on insecure origins.
  const clipboard = (navigator as { clipboard?: Clipboard }).clipboard;
  try {
    if (clipboard) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused, say without focus; the older way may still do.
  }
  return copySelected(text);
}

/** By way of a selection: old, and everywhere. */
function copySelected(text: string): boolean {
  const field = document.createElement('textarea');
  const before = document.activeElement;
  field.value = text;
  field.readOnly = true;
  field.className = 'hidden';
  // A dialog takes the focus back from whatever lies outside it.
  (before?.closest('[role$="dialog"]') ?? document.body).append(field);
  field.select();
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way that insecure pages have
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
