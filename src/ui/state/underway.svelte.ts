/** Work of the files worker that takes a while: how far it is, and a way to call it off. */
import type { FilesProgress } from '../../worker/files/protocol';
import type { Telling } from '../draft/readGroup';

export class Underway {
  #abort = $state.raw<AbortController | null>(null);
  #progress = $state.raw<FilesProgress | null>(null);

  get going(): boolean {
    return this.#abort !== null;
  }

  /** Null until it has been told of, and when nothing is going. */
  get progress(): FilesProgress | null {
    return this.#progress;
  }

  /** @returns null where it was called off; whatever `work` throws otherwise passes through */
  async run<T>(work: (telling: Telling) => Promise<T>): Promise<T | null> {
    const abort = new AbortController();
    const own = () => this.#abort === abort;
    this.#abort = abort;
    this.#progress = null;
    try {
      const onProgress = (progress: FilesProgress) => {
        if (own()) this.#progress = progress;
      };
      const made = await work({ signal: abort.signal, onProgress });
      // It may have been called off where nobody looked at the signal.
      return abort.signal.aborted ? null : made;
    } catch (error) {
      if (abort.signal.aborted) return null;
      throw error;
    } finally {
      if (own()) this.#end();
    }
  }

  /** Nothing happens when nothing is going. */
  cancel(): void {
    this.#abort?.abort(new Error('cancelled'));
    this.#end();
  }

  #end(): void {
    this.#abort = null;
    this.#progress = null;
  }
}
