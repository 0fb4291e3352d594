/** What the page has to say: banners that stay until dismissed, and sentences for those who listen. */
import { visible } from '../../security/visible';

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

export function reason(error: unknown): string {
  if (error instanceof Error && error.message !== '') return error.message;
  return String(error);
}
