/** What the page has to say: banners that stay until dismissed, and sentences for those who listen. */
import { visible } from '../../security/visible';
import { spoken } from '../spoken.svelte';

export interface Notice {
  id: number;
  kind: 'error' | 'info';
  text: string;
  /** A button beside the text. */
  action?: NoticeAction;
}

export interface NoticeAction {
  label: string;
  run: () => void;
}

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

  /** The same text is not shown twice at once. @returns what `dismiss` takes */
  show(kind: Notice['kind'], text: string, action?: NoticeAction): number {
    const shown = visible(text);
    const there = this.#list.find((n) => n.text === shown);
    if (there) return there.id;
    const notice: Notice = { id: this.#next++, kind, text: shown, ...(action && { action }) };
    this.#list = [...this.#list, notice].slice(-4);
    return notice.id;
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((n) => n.id !== id);
  }

  /** Runs what may fail and shows why it did; undefined then. */
  async guard<T>(work: () => Promise<T>, doing: string): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.show('error', `${doing}: ${reason(error)}`);
      return undefined;
    }
  }
}

/** Why something failed, in the page's language. */
export const reason = (error: unknown): string => spoken(plainReason(error));

/** The same as it was said, for records. */
export function plainReason(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
