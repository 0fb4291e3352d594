/** The bundled models and tasks, kept under their version once they have been fetched. */
import type { Entry } from './manifest.mjs';

export class Content {
  readonly #revisions: ReadonlyMap<string, string>;

  /** @param scope address of the page's folder, which the entries are relative to */
  constructor(
    private readonly name: string,
    entries: readonly Entry[],
    scope: string,
  ) {
    this.#revisions = new Map(entries.map(({ url, revision }) => [new URL(url, scope).href, revision]));
  }

  has(url: URL): boolean {
    return this.#revisions.has(plain(url));
  }

  /** From the cache, else from the network, and then kept. */
  async get(url: URL): Promise<Response> {
    const cache = await caches.open(this.name);
    const key = this.#key(url);
    const kept = await cache.match(key);
    if (kept) return kept;
    const response = await fetch(plain(url), { cache: 'no-cache', credentials: 'same-origin' });
    if (response.ok) {
      // A full disk must not take the answer away from the page.
      await cache.put(key, response.clone()).catch(() => undefined);
    }
    return response;
  }

  /** Fetches what is not kept yet, one after the other. @returns whether everything is there now */
  async fill(): Promise<boolean> {
    for (const url of await this.#missing()) {
      const response = await this.get(url).catch(() => null);
      await response?.body?.cancel();
    }
    return (await this.#missing()).length === 0;
  }

  async #missing(): Promise<URL[]> {
    const cache = await caches.open(this.name);
    const kept = new Set((await cache.keys()).map(({ url }) => url));
    return [...this.#revisions.keys()]
      .map((address) => new URL(address))
      .filter((url) => !kept.has(this.#key(url)));
  }

  /** Lets go of versions that this build no longer names. */
  async prune(): Promise<void> {
    const cache = await caches.open(this.name);
    const wanted = new Set([...this.#revisions.keys()].map((address) => this.#key(new URL(address))));
    for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
  }

  #key(url: URL): string {
    const address = plain(url);
    return `${address}?revision=${this.#revisions.get(address) ?? ''}`;
  }
}

/** Nothing that the page serves is told apart by a query or a fragment. */
function plain(url: URL): string {
  return url.origin + url.pathname;
}
