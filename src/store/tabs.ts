/** Something in the store changed: the record of a run or a study, or a folder; `all` when the whole was deleted under us. */
export interface StoreChange {
  of: 'runs' | 'studies' | 'folders' | 'all';
  id: string;
}

/**
 * Tells everyone who has the store open (other tabs, the page and its worker) what changed. Listeners hear
 * of changes wherever they were made, here included.
 */
export class Tabs {
  readonly #listeners = new Set<(change: StoreChange) => void>();
  readonly #channel: BroadcastChannel | null;

  constructor(name: string) {
    this.#channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`${name}/changes`);
    if (!this.#channel) return;
    this.#channel.onmessage = (event: MessageEvent<unknown>) => {
      const change = event.data;
      if (isChange(change)) this.#tell(change);
    };
    // In Node an open channel would keep the process alive.
    (this.#channel as { unref?: () => void }).unref?.();
  }

  announce(change: StoreChange): void {
    this.#channel?.postMessage(change);
    this.#tell(change);
  }

  /** @returns the function that stops listening */
  onChange(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#channel?.close();
  }

  #tell(change: StoreChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

/** Another version of the page may send what this one does not know. */
function isChange(value: unknown): value is StoreChange {
  if (typeof value !== 'object' || value === null) return false;
  const { of, id } = value as Record<string, unknown>;
  return (of === 'runs' || of === 'studies' || of === 'folders' || of === 'all') && typeof id === 'string';
}
