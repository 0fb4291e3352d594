/** Looks every half second at what another tab has going, and may leave without a word. */
const WATCH_MS = 500;

export class Watch {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param due whether there is something to look at; asked whenever `again` is called, and after every look */
  constructor(
    private readonly due: () => boolean,
    private readonly look: () => Promise<void>,
  ) {}

  again(): void {
    if (this.#timer !== undefined || !this.due()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // What could not be read now may be the next time.
      void this.look()
        .catch(() => undefined)
        .then(() => this.again());
    }, WATCH_MS);
  }
}
