/** Errors that a GPU reports later than the call that caused them, kept for the next call to throw. */

export class Faults {
  readonly #device: GPUDevice;
  #first: Error | undefined;
  #lost: Error | undefined;
  readonly #onError = (event: GPUUncapturedErrorEvent): void => {
    this.keep(new Error(`WebGPU: ${event.error.message}`));
  };
  /** Settles when the device is lost, with what to say of it. */
  readonly lost: Promise<Error>;

  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener('uncapturederror', this.#onError);
    this.lost = device.lost.then(({ reason, message }) => {
      this.#lost = new Error(`The WebGPU device was lost (${reason}): ${message}`);
      return this.#lost;
    });
  }

  keep(error: unknown): void {
    this.#first ??= error instanceof Error ? error : new Error(String(error));
  }

  /**
   * Runs `make`, and asks the GPU what went wrong in it, lack of memory included.
   * @returns what was made, and a promise that rejects where it is no good
   */
  watch<T>(what: string, make: () => T): { made: T; checked: Promise<void> } {
    const device = this.#device;
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    let scopes: Promise<GPUError | null>[];
    let made: T;
    try {
      made = make();
    } finally {
      scopes = [device.popErrorScope(), device.popErrorScope()];
    }
    const checked = Promise.all(scopes).then((errors) => {
      const error = errors.find((e) => e !== null);
      if (error) throw new Error(`${what}: ${error.message}`);
    });
    return { made, checked };
  }

  /** @throws Error the first that was kept; once for an error, always for a lost device */
  check(): void {
    if (this.#lost) throw this.#lost;
    const error = this.#first;
    this.#first = undefined;
    if (error) throw error;
  }

  dispose(): void {
    this.#device.removeEventListener('uncapturederror', this.#onError);
  }
}
