/** Scratch memory that programs share: they run one after another, so only one uses it at a time. */

/** Sizes are rounded up so that programs of nearly the same shape find the same buffers: in powers of two, and
 * from a megabyte on in eighths of them. */
function roundUp(bytes: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(bytes, 256)));
  const step = power > 1024 * 1024 ? power / 16 : power;
  return Math.ceil(bytes / step) * step;
}

export class ScratchPool {
  readonly #make: (bytes: number) => GPUBuffer;
  readonly #destroy: (buffer: GPUBuffer) => void;
  readonly #users = new Map<GPUBuffer, number>();

  constructor(make: (bytes: number) => GPUBuffer, destroy: (buffer: GPUBuffer) => void) {
    this.#make = make;
    this.#destroy = destroy;
  }

  /**
   * One buffer for each size, all different; made where none of those in use by other programs fits.
   * @param sizes in bytes
   */
  take(sizes: readonly number[]): GPUBuffer[] {
    const free = [...this.#users.keys()].sort((a, b) => a.size - b.size);
    const taken = new Map<number, GPUBuffer>();
    // Largest first, so that a small need doesn't take a large buffer from a large one.
    const order = sizes.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]!);
    for (const i of order) {
      const fit = free.findIndex((buffer) => buffer.size >= sizes[i]!);
      const buffer = fit >= 0 ? free.splice(fit, 1)[0]! : this.#make(roundUp(sizes[i]!));
      this.#users.set(buffer, (this.#users.get(buffer) ?? 0) + 1);
      taken.set(i, buffer);
    }
    return sizes.map((_, i) => taken.get(i)!);
  }

  /** Buffers that no program uses any more are destroyed. */
  giveBack(buffers: readonly GPUBuffer[]): void {
    for (const buffer of buffers) {
      const users = (this.#users.get(buffer) ?? 1) - 1;
      if (users > 0) this.#users.set(buffer, users);
      else {
        this.#users.delete(buffer);
        this.#destroy(buffer);
      }
    }
  }
}
