/** What the service worker has done for the page: whether it works without a network, and whether threads can start. */
import { openServiceWorker } from '../../serviceWorker/client';
import type { NoticeAction, Notices } from './notices.svelte';
import { keep, recall } from './theme.svelte';

/** Chromium's own: asked for when the person likes. */
interface InstallPrompt extends globalThis.Event {
  prompt(): Promise<unknown>;
}

const RELOAD: NoticeAction = { label: 'Reload', run: () => location.reload() };

export class Offline {
  #ready = $state.raw(false);
  #prompt = $state.raw<InstallPrompt | null>(null);
  /** The notice that offers a new version. */
  #offer: number | null = null;

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
        update: (apply) => {
          this.#offer = this.notices.show('info', 'A new version of this page is ready.', {
            action: { label: 'Reload with it', run: apply },
          });
        },
        replaced: () => this.#replaced(),
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

  /** A part of the page that is loaded when it is first shown; where it cannot be had, says how it can. */
  async part<T>(load: () => Promise<T>): Promise<T | undefined> {
    return await this.notices.guard(
      load,
      'A part of the page could not be loaded. If the page was updated in another tab, it comes with a reload; reload it when your run is over.',
      RELOAD,
    );
  }

  #replaced(): void {
    // What it offers has been taken.
    if (this.#offer !== null) this.notices.dismiss(this.#offer);
    this.#offer = null;
    this.notices.show('info', 'The page was updated in another tab; reload it here when your run is over.', {
      action: RELOAD,
    });
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
