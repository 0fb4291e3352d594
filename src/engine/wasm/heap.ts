import { layout } from './layout';

interface Block {
  address: number;
  bytes: number;
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const roundUp = (n: number, unit: number): number => Math.ceil(n / unit) * unit;

/** Pages to ask for as the limit: 4 GiB is the most that 32-bit addresses reach, and some devices give less. */
const limits = [65536, 32768, 16384, 8192, 4096];

/**
 * One WebAssembly memory and the blocks in it. Memory grows and never shrinks; freed blocks are merged with
 * their neighbours and used again, the smallest that fits first.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly #limit: number;
  readonly #taken = new Map<number, number>();
  /** Free blocks below `#top`, by address. */
  #free: Block[] = [];
  #top: number = layout.heap;
  #used = 0;

  /** @throws RangeError when not even a small memory can be had */
  constructor(shared: boolean, limit = limits[0]!) {
    const tried = limits.filter((pages) => pages <= limit);
    if (!tried.includes(limit)) tried.unshift(limit);
    for (const maximum of tried) {
      try {
        this.memory = new WebAssembly.Memory({ initial: 32, maximum, shared });
        this.#limit = maximum * layout.pageBytes;
        return;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    throw new RangeError('the browser gives WebAssembly no memory');
  }

  /** Bytes that it may grow to. */
  get limit(): number {
    return this.#limit;
  }

  /** Bytes in blocks that are taken. */
  get used(): number {
    return this.#used;
  }

  get blocks(): number {
    return this.#taken.size;
  }

  /**
   * @param what named in the error
   * @returns the address of a block of zeros, a multiple of 64
   * @throws RangeError when it can't fit
   */
  allocate(bytes: number, what: string): number {
    const size = Math.max(layout.alignment, roundUp(bytes, layout.alignment));
    let best = -1;
    this.#free.forEach((block, i) => {
      if (block.bytes >= size && (best < 0 || block.bytes < this.#free[best]!.bytes)) best = i;
    });
    let address: number;
    if (best >= 0) {
      const block = this.#free[best]!;
      address = block.address;
      if (block.bytes === size) this.#free.splice(best, 1);
      else this.#free[best] = { address: address + size, bytes: block.bytes - size };
      new Uint8Array(this.memory.buffer, address, size).fill(0);
    } else {
      address = this.#extend(size, what);
    }
    this.#taken.set(address, size);
    this.#used += size;
    return address;
  }

  /** A block at the end, after growing where needed. Memory fresh from the browser is zero. */
  #extend(size: number, what: string): number {
    const last = this.#free[this.#free.length - 1];
    const address = last && last.address + last.bytes === this.#top ? last.address : this.#top;
    const needed = address + size - this.memory.buffer.byteLength;
    if (needed > 0) this.#grow(needed, size, what);
    if (address < this.#top) {
      this.#free.pop();
      new Uint8Array(this.memory.buffer, address, this.#top - address).fill(0);
    }
    this.#top = address + size;
    return address;
  }

  #grow(needed: number, size: number, what: string): void {
    const have = this.memory.buffer.byteLength;
    const pages = Math.ceil(needed / layout.pageBytes);
    // Some room to spare, so that a thousand small buffers do not grow it a thousand times.
    const roomy = Math.min(Math.max(pages, 64), (this.#limit - have) / layout.pageBytes);
    for (const request of new Set([Math.max(roomy, pages), pages])) {
      try {
        this.memory.grow(request);
        return;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    throw new RangeError(
      `${what} needs ${mebibytes(size)}; ${mebibytes(this.#used)} are in use and the memory cannot grow ` +
        `from ${mebibytes(have)} (its limit is ${mebibytes(this.#limit)})`,
    );
  }

  release(address: number): void {
    const bytes = this.#taken.get(address);
    if (bytes === undefined) throw new RangeError(`no block begins at ${address}`);
    this.#taken.delete(address);
    this.#used -= bytes;
    const after = this.#free.findIndex((block) => block.address > address);
    const place = after < 0 ? this.#free.length : after;
    this.#free.splice(place, 0, { address, bytes });
    this.#merge(place);
    if (place > 0) this.#merge(place - 1);
  }

  /** Joins a free block with the next where they touch. */
  #merge(place: number): void {
    const [block, next] = [this.#free[place], this.#free[place + 1]];
    if (!block || !next || block.address + block.bytes !== next.address) return;
    block.bytes += next.bytes;
    this.#free.splice(place + 1, 1);
  }
}
