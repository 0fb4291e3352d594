/** A run in a tab that is not looked at: the screen is kept on when asked for, and a browser that slows the tab is told of. */
import { fixed } from '../format';
import type { Notices } from './notices.svelte';

/** A browser that does so much less in the background slows the tab; anything above is the noise of a machine. */
const SLOWED = 0.5;

export class Awake {
  #wanted = $state(false);
  #lock: WakeLockSentinel | null = null;
  /** While the browser is asked for the lock, or to let go of it. */
  #asking = false;
  /** Steps a second when the tab was left. */
  #before: number | null = null;

  /**
   * @param going whether a run goes on in this tab
   * @param speed its steps a second
   */
  constructor(
    private readonly going: () => boolean,
    private readonly speed: () => number | null,
    private readonly notices: Notices,
  ) {
    if (typeof document === 'undefined') return;
    document.addEventListener('visibilitychange', () => this.#turned(document.visibilityState === 'visible'));
  }

  /** Missing on insecure origins and in some browsers. */
  get possible(): boolean {
    return typeof navigator !== 'undefined' && 'wakeLock' in navigator;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  /** Keeps the screen on while a run goes on, or lets it go off again. */
  async keep(wanted: boolean): Promise<void> {
    this.#wanted = wanted;
    await this.follow();
  }

  /** To be called when a run begins, rests or ends. */
  async follow(): Promise<void> {
    // One question at a time, as a second lock would be held for ever; what has changed meanwhile is seen after it.
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#held !== (this.#wanted && this.going()))
        await (this.#held ? this.#release() : this.#request());
    } catch {
      // A low battery, or a hidden tab: asked for again when the tab is looked at.
    } finally {
      this.#asking = false;
    }
  }

  get #held(): boolean {
    return this.#lock !== null && !this.#lock.released;
  }

  async #request(): Promise<void> {
    this.#lock = await navigator.wakeLock.request('screen');
  }

  async #release(): Promise<void> {
    const held = this.#lock;
    this.#lock = null;
    await held?.release();
  }

  #turned(visible: boolean): void {
    if (!visible) {
      this.#before = this.going() ? this.speed() : null;
      return;
    }
    // Browsers let the screen's lock go with the tab.
    void this.follow();
    const [before, now] = [this.#before, this.speed()];
    this.#before = null;
    if (before === null || now === null || !this.going() || now > SLOWED * before) return;
    this.notices.show(
      'info',
      `The browser slowed the run while this tab was in the background: ${fixed(now, 1)} steps a second in place of ${fixed(before, 1)}. Nothing is lost.`,
    );
  }
}
