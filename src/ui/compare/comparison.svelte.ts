/** Which runs are laid over one another, and which one the others are held against; kept for the next visit. */
import { keep, recall } from '../state/theme.svelte';

/** More lines than this can't be told apart in one chart. */
export const MOST = 5;
const KEY = 'lethe-compare';

export class Comparison {
  #picked = $state.raw<string[]>([]);
  #baseline = $state.raw<string | null>(null);

  constructor() {
    try {
      const kept = JSON.parse(recall(KEY) ?? '{}') as { picked?: unknown; baseline?: unknown };
      if (Array.isArray(kept.picked))
        this.#picked = kept.picked.filter((id): id is string => typeof id === 'string').slice(0, MOST);
      if (typeof kept.baseline === 'string') this.#baseline = kept.baseline;
    } catch {
      // Not ours: nothing is picked.
    }
  }

  /** Ids in the order of the ticks, so that a letter stays with its run. */
  get picked(): readonly string[] {
    return this.#picked;
  }

  get baseline(): string | null {
    return this.#baseline;
  }

  /** @param there runs that can be picked; those that are gone hold no place */
  toggle(id: string, on: boolean, there: readonly string[]): void {
    const others = this.#picked.filter((other) => other !== id && there.includes(other));
    this.#picked = on ? [...others, id].slice(-MOST) : others;
    this.#keep();
  }

  clear(): void {
    this.#picked = [];
    this.#keep();
  }

  /** Pins a run, or takes the pin away. */
  pin(id: string | null): void {
    this.#baseline = id;
    this.#keep();
  }

  #keep(): void {
    keep(KEY, JSON.stringify({ picked: this.#picked, baseline: this.#baseline }));
  }
}
