/** How far a download of several files is, how fast, and how long it will still take. */
import type { FileProgress } from './types';

export interface Reading {
  /** The file that is on its way. */
  path: string;
  loaded: number;
  /** Of all files together; absent where that is not known. */
  total?: number;
  /** Of the last few seconds; null until there is enough to tell. */
  bytesPerSecond: number | null;
  secondsLeft: number | null;
}

/** Milliseconds that speed is measured over. */
const windowMs = 5000;
/** Milliseconds before which a speed says nothing. */
const leastMs = 500;

export class Meter {
  readonly #loaded = new Map<string, number>();
  readonly #marks: { at: number; loaded: number }[] = [];

  /**
   * @param total bytes of all files, where known
   * @param now milliseconds
   */
  constructor(
    private readonly total: number | undefined,
    private readonly now: () => number = () => performance.now(),
  ) {}

  note({ path, loaded }: FileProgress): Reading {
    this.#loaded.set(path, loaded);
    const all = [...this.#loaded.values()].reduce((sum, bytes) => sum + bytes, 0);
    const at = this.now();
    this.#marks.push({ at, loaded: all });
    while (this.#marks.length > 2 && at - (this.#marks[1]?.at ?? at) > windowMs) this.#marks.shift();
    const first = this.#marks[0] ?? { at, loaded: all };
    const elapsed = at - first.at;
    const speed = elapsed < leastMs ? null : Math.max(0, ((all - first.loaded) / elapsed) * 1000);
    const { total } = this;
    return {
      path,
      loaded: all,
      ...(total === undefined ? {} : { total }),
      bytesPerSecond: speed,
      secondsLeft: total === undefined || !speed ? null : Math.max(0, (total - all) / speed),
    };
  }
}
