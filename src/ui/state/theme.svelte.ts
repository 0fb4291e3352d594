/** Light, dark, or as the system has it. The choice is kept where it is allowed to be. */

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'lethe-theme';
const NEXT: Record<ThemeChoice, ThemeChoice> = { system: 'light', light: 'dark', dark: 'system' };

export class Theme {
  #choice = $state.raw<ThemeChoice>('system');
  #systemDark = $state.raw(false);

  constructor() {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = dark.matches;
    dark.addEventListener('change', () => (this.#systemDark = dark.matches));
    const kept = recall(KEY);
    if (kept === 'light' || kept === 'dark') this.#apply(kept);
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  get dark(): boolean {
    return this.#choice === 'system' ? this.#systemDark : this.#choice === 'dark';
  }

  next(): void {
    this.choose(NEXT[this.#choice]);
  }

  choose(choice: ThemeChoice): void {
    this.#apply(choice);
    keep(KEY, this.#choice);
  }

  #apply(choice: ThemeChoice): void {
    this.#choice = choice;
    if (choice === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = choice;
  }
}

/** Small settings of the page itself; a browser that keeps nothing is no failure. */
export function recall(key: string, from: 'always' | 'visit' = 'always'): string | null {
  try {
    return storageOf(from).getItem(key);
  } catch {
    return null;
  }
}

export function keep(key: string, value: string, until: 'always' | 'visit' = 'always'): void {
  try {
    storageOf(until).setItem(key, value);
  } catch {
    // Private windows may refuse; the setting then lasts as long as the page.
  }
}

const storageOf = (span: 'always' | 'visit'): Storage => (span === 'visit' ? sessionStorage : localStorage);
