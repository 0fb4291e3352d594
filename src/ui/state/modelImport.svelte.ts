/** A model on its way into the store: from the Hub, or from files of this machine. */
import type { ModelSource } from '../../run/config';
import type { ChosenFile, FilesProgress, KeptModel } from '../../worker/files/protocol';
import type { FileReader } from '../ports';
import { reason, type Notices } from './notices.svelte';

export interface HubWish {
  id: string;
  revision: string;
  token: string;
}

export class ModelImport {
  #open = $state.raw(false);
  #progress = $state.raw<FilesProgress | null>(null);
  #trouble = $state.raw<string | null>(null);
  #abort = $state.raw<AbortController | null>(null);

  constructor(
    private readonly files: () => Promise<FileReader>,
    private readonly notices: Notices,
    private readonly done: (source: ModelSource) => void,
  ) {}

  get open(): boolean {
    return this.#open;
  }

  get busy(): boolean {
    return this.#abort !== null;
  }

  get progress(): FilesProgress | null {
    return this.#progress;
  }

  /** Why the last attempt failed. */
  get trouble(): string | null {
    return this.#trouble;
  }

  show(): void {
    this.#open = true;
    this.#trouble = null;
  }

  /** Ends what is going on, and the dialog. */
  close(): void {
    this.#abort?.abort(new Error('cancelled'));
    this.#open = false;
  }

  /** The token goes into this one question and is kept nowhere. */
  async fromHub({ id, revision, token }: HubWish): Promise<void> {
    const question = { id, revision: revision.trim(), ...(token === '' ? {} : { token }) };
    await this.#keep((reader, options) => reader.ask('hubModel', question, options));
  }

  async fromFiles(files: ChosenFile[]): Promise<void> {
    if (files.length === 0 || this.busy) return;
    this.show();
    const label = files[0]?.path.split('/').slice(0, -1)[0] ?? 'Model from files';
    await this.#keep((reader, options) => reader.ask('fileModel', { label, files }, options));
  }

  async #keep(
    ask: (reader: FileReader, options: Parameters<FileReader['ask']>[2]) => Promise<KeptModel>,
  ): Promise<void> {
    if (this.#abort) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#progress = null;
    this.#trouble = null;
    try {
      const options = {
        signal: abort.signal,
        onProgress: (progress: FilesProgress) => (this.#progress = progress),
      };
      const { source, label } = await ask(await this.files(), options);
      this.#open = false;
      this.done(source);
      this.notices.say(`${label} is kept and chosen.`);
    } catch (error) {
      if (!abort.signal.aborted) this.#trouble = reason(error);
    } finally {
      this.#abort = null;
      this.#progress = null;
    }
  }
}
