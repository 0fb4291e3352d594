/** Light, dark, for the projector, or as the system has it. The choice is kept where it is allowed to be. */

export const THEMES = ['system', 'light', 'dark', 'projector'] as const;
export type ThemeChoice = (typeof THEMES)[number];

const KEY = 'lethe-theme';

export class Theme {
  #choice = $state.raw<ThemeChoice>('system');
  #systemDark = $state.raw(false);
  /** What the projector takes the place of. */
  #usual: ThemeChoice = 'system';

  constructor() {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = dark.matches;
    dark.addEventListener('change', () => (this.#systemDark = dark.matches));
    const kept = THEMES.find((theme) => theme === recall(KEY));
    if (kept) this.#apply(kept);
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  get dark(): boolean {
    return this.#choice === 'system' ? this.#systemDark : this.#choice === 'dark';
  }

  get projector(): boolean {
    return this.#choice === 'projector';
  }

  /** The theme that colours are read in: canvases are drawn again when it changes. */
  get drawn(): string {
    return this.projector ? 'projector' : this.dark ? 'dark' : 'light';
  }

  choose(choice: ThemeChoice): void {
    this.#apply(choice);
    keep(KEY, choice);
  }

  /** To the projector and back to what there was before it. */
  toggleProjector(): void {
    this.choose(this.projector ? this.#usual : 'projector');
  }

  #apply(choice: ThemeChoice): void {
    if (choice !== 'projector') this.#usual = choice;
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
