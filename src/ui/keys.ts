/** Single keys, for whoever stands in front of a room. They act while no control has the focus (WCAG 2.1.4). */

export type KeyAction = 'run' | 'back' | 'on' | 'reset' | 'projector' | 'help';

const ACTIONS: Readonly<Record<string, KeyAction>> = {
  ' ': 'run',
  ArrowLeft: 'back',
  ArrowRight: 'on',
  r: 'reset',
  p: 'projector',
  '?': 'help',
};

/** What the help lists. */
export const KEY_WORDS: { keys: string; does: string }[] = [
  { keys: 'Space bar', does: 'Run, pause, go on' },
  { keys: '← →', does: 'One stage back or on, through a run' },
  { keys: 'R', does: 'Start over, after asking' },
  { keys: 'P', does: 'Projector: large type, and back' },
  { keys: '?', does: 'This help' },
];

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
  defaultPrevented: boolean;
}

/**
 * @param focus the element that has the focus
 * @param modal whether a dialog or a menu is open
 */
export function actionOf(press: KeyPress, focus: Element | null, modal: boolean): KeyAction | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.defaultPrevented || modal) return null;
  if (focus !== null && !isPage(focus)) return null;
  const action = ACTIONS[press.key.length === 1 ? press.key.toLowerCase() : press.key] ?? null;
  // A key held down runs through stages, and starts nothing twice.
  return press.repeat && action !== 'back' && action !== 'on' ? null : action;
}

/** The body, or what only holds others: a main, a heading that was gone to. */
const isPage = (element: Element): boolean => ['BODY', 'HTML', 'MAIN', 'H1'].includes(element.tagName);
