/** What the page has to say: banners that stay until dismissed, and sentences for those who listen. */
import { CalledOff } from '../../run/calledOff';
import { visible } from '../../security/visible';
import { spoken } from '../spoken.svelte';

export interface Notice {
  id: number;
  kind: 'error' | 'info';
  /** In the page's language; '' where it is all in `why`. */
  text: string;
  /** What the worker or an error said about it, in plain English, a message each: see `noticeText`. */
  why: readonly string[];
  /** A button beside the text. */
  action?: NoticeAction;
}

export interface NoticeAction {
  label: string;
  run: () => void;
}

/** So many stay that have no button; the oldest of more makes room. */
const MOST = 4;

export class Notices {
  #list = $state.raw<Notice[]>([]);
  #said = $state.raw('');
  #next = 0;

  get list(): Notice[] {
    return this.#list;
  }

  /** The latest sentence for `aria-live`. */
  get said(): string {
    return this.#said;
  }

  say(text: string): void {
    this.#said = visible(text);
  }

  /**
   * The same is not shown twice at once.
   * @param more `why` is plain English, as it was said; `action` keeps the notice until somebody dismisses it
   * @returns what `dismiss` takes
   */
  show(
    kind: Notice['kind'],
    text: string,
    { why = [], action }: { why?: readonly string[]; action?: NoticeAction } = {},
  ): number {
    const said = { text: visible(text), why: why.map(visible) };
    const there = this.#list.find((n) => n.text === said.text && n.why.join('\n') === said.why.join('\n'));
    if (there) return there.id;
    const notice: Notice = { id: this.#next++, kind, ...said, ...(action && { action }) };
    const list = [...this.#list, notice];
    // A button may be the only way to what it does: it is never taken away unasked.
    const passing = list.filter((n) => !n.action);
    const gone = passing.slice(0, Math.max(0, passing.length - MOST));
    this.#list = list.filter((n) => !gone.includes(n));
    return notice.id;
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((n) => n.id !== id);
  }

  /** Runs what may fail and shows why it did, with a button perhaps; undefined then. */
  async guard<T>(work: () => Promise<T>, doing: string, action?: NoticeAction): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CalledOff) this.show('info', '', { why: [error.message] });
      else this.show('error', doing, { why: [plainReason(error)], ...(action && { action }) });
      return undefined;
    }
  }
}

/** All that a notice says, in the page's language. What is there of it already is not looked up again. */
export function noticeText({ text, why }: Pick<Notice, 'text' | 'why'>): string {
  const said = why.map(spoken).join(' ');
  if (text === '' || said === '') return text + said;
  return `${text}${/[.!?]$/.test(text) ? ' ' : ': '}${said}`;
}

/** Why something failed, in the page's language: for what is shown at once, and is no notice. */
export const reason = (error: unknown): string => spoken(plainReason(error));

/** The same as it was said, for notices and records. */
export function plainReason(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
