/** What the service worker has done for the page: whether it works without a network, and whether threads can start. */
import { openServiceWorker } from '../../serviceWorker/client';
import type { Notices } from './notices.svelte';
import { keep, recall } from './theme.svelte';

/** Chromium's own: asked for when the person likes. */
interface InstallPrompt extends globalThis.Event {
  prompt(): Promise<unknown>;
}

export class Offline {
  #ready = $state.raw(false);
  #prompt = $state.raw<InstallPrompt | null>(null);

  constructor(
    private readonly notices: Notices,
    /** Whether a reload would take something away from the person. */
    private readonly busy: () => boolean,
  ) {
    addEventListener('beforeinstallprompt', (event) => {
      event.preventDefault();
      this.#prompt = event as InstallPrompt;
    });
    addEventListener('appinstalled', () => (this.#prompt = null));
  }

  /** Whether the browser can make an app of the page. */
  get installable(): boolean {
    return this.#prompt !== null;
  }

  async install(): Promise<void> {
    const prompt = this.#prompt;
    // It can be asked once.
    this.#prompt = null;
    await prompt?.prompt();
  }

  /** Everything that training needs is kept on this machine. */
  get ready(): boolean {
    return this.#ready;
  }

  /** @param scriptUrl address of the service worker's script */
  async open(scriptUrl: string): Promise<void> {
    try {
      await openServiceWorker(scriptUrl, {
        update: (apply) =>
          this.notices.show('info', 'A new version of this page is ready.', {
            action: { label: 'Reload with it', run: apply },
          }),
        isolationReady: () => this.#isolate(),
        offlineReady: () => {
          this.#ready = true;
        },
      });
    } catch (error) {
      // A browser that allows none (a private window, a setting) still runs everything but this.
      console.warn('The service worker could not be registered:', error);
    }
  }

  /** Shared memory comes with the next load: at once where nothing is lost by it, else when the person likes. */
  #isolate(): void {
    if (!this.busy() && recall(RELOADED, 'visit') === null) {
      // Once a visit: a host or a frame that prevents isolation must not make the page reload for ever.
      keep(RELOADED, 'yes', 'visit');
      location.reload();
    } else if (this.busy())
      this.notices.show('info', 'After a reload of this page, WASM can use all cores of this machine.');
  }
}

const RELOADED = 'lethe-isolated';
