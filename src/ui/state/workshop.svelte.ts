/** What a room full of people needs: single keys, and a step through the stages of a run. */
import { keep, recall } from './theme.svelte';

const KEYS = 'lethe-keys';

export class Workshop {
  #keys = $state.raw(recall(KEYS) !== 'off');
  #help = $state.raw(false);
  #asking = $state.raw(false);
  #stage = $state.raw<number | null>(null);

  /** Whether single keys do something. */
  get keys(): boolean {
    return this.#keys;
  }

  /** The help is open. */
  get help(): boolean {
    return this.#help;
  }

  /** Whether to start over is being asked. */
  get asking(): boolean {
    return this.#asking;
  }

  /** The stage at whose end a run is looked at; null for all of it. */
  get stage(): number | null {
    return this.#stage;
  }

  setKeys(on: boolean): void {
    this.#keys = on;
    keep(KEYS, on ? 'on' : 'off');
  }

  showHelp(open: boolean): void {
    this.#help = open;
  }

  ask(open: boolean): void {
    this.#asking = open;
  }

  /**
   * One stage on or back. Past the last one is the whole run, and back from that its last stage but one: the whole
   * run shows the last stage already.
   * @param stages rows of the accuracy matrix: 0 is before any training
   */
  step(by: 1 | -1, stages: number[]): void {
    const last = stages.at(-1);
    if (last === undefined || stages.length < 2) return;
    const now = this.#stage ?? last;
    const next = stages[Math.max(0, stages.indexOf(now) + by)];
    this.#stage = next === undefined || next === last ? null : next;
  }

  lookAtAll(): void {
    this.#stage = null;
  }
}
