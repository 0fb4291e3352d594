/** Everything that is kept as one file, and back. */
import type { ProjectContents } from '../../project/bringIn';
import type { ProjectSettings } from '../../project/format';
import type { FilesProgress, ProjectPlan } from '../../worker/files/protocol';
import { downloadStream } from '../download';
import { plural } from '../format';
import type { FileReader } from '../ports';
import { spoken } from '../spoken.svelte';
import { plainReason, type Notices } from './notices.svelte';

/** Between two looks at what is kept, which reads every record. */
const REST_MS = 1500;

export interface OpenedProject {
  file: File;
  contents: ProjectContents;
}

export class Project {
  #plan = $state.raw<ProjectPlan | null>(null);
  #opened = $state.raw<OpenedProject | null>(null);
  #progress = $state.raw<FilesProgress | null>(null);
  #abort = $state.raw<AbortController | null>(null);
  #trouble = $state.raw<string | null>(null);
  #unread = $state.raw(false);
  /** Whether the plan is one with the Hub's models. */
  #planned: boolean | null = null;
  #wanted: boolean | null = null;
  #looking = false;

  /**
   * @param settings what goes along of the page's own
   * @param adopt takes over the settings of a project, in a browser that had nothing
   */
  constructor(
    private readonly files: () => Promise<FileReader>,
    private readonly notices: Notices,
    private readonly settings: () => ProjectSettings,
    private readonly adopt: (settings: ProjectSettings) => void,
  ) {}

  /** What a file would hold; null until it is known. */
  get plan(): ProjectPlan | null {
    return this.#plan;
  }

  /** True while what is kept cannot be read. */
  get unread(): boolean {
    return this.#unread;
  }

  /** The file whose contents are shown, before anything of it is kept. */
  get opened(): OpenedProject | null {
    return this.#opened;
  }

  get progress(): FilesProgress | null {
    return this.#progress;
  }

  get busy(): boolean {
    return this.#abort !== null;
  }

  get trouble(): string | null {
    return this.#trouble;
  }

  /** Looks at what a file would hold, and again after a while where it was asked to meanwhile: a run changes much. */
  async look(hubModels: boolean): Promise<void> {
    this.#wanted = hubModels;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#wanted !== null) {
        const wanted = this.#wanted;
        this.#wanted = null;
        this.#plan = await (await this.files()).ask('projectPlan', { hubModels: wanted });
        this.#planned = wanted;
        this.#unread = false;
        await new Promise((resolve) => setTimeout(resolve, REST_MS));
      }
    } catch (error) {
      this.#plan = null;
      this.#unread = true;
      throw error;
    } finally {
      this.#looking = false;
    }
  }

  async save(hubModels: boolean): Promise<void> {
    await this.#work(async (options) => {
      const files = await this.files();
      // That on the screen does for a name and a size: a place is asked for while the click still counts.
      const shown = this.#planned === hubModels ? this.#plan : null;
      const plan = shown ?? (await files.ask('projectPlan', { hubModels }));
      const name = plan.fileName;
      const question = { hubModels, settings: this.settings() };
      const saved = await downloadStream(name, 'application/zip', plan.bytes, () =>
        files.pieces('saveProject', question, options),
      );
      if (plan.notes.length > 0) this.notices.show('info', '', { why: plan.notes });
      if (saved) this.notices.say(`${name} is saved.`);
    }, 'The project could not be saved');
  }

  /** Shows what a file holds. */
  async open(file: File): Promise<void> {
    this.#trouble = null;
    await this.#work(async ({ signal }) => {
      const contents = await (await this.files()).ask('openProject', { file }, { signal });
      this.#opened = { file, contents };
    }, `${file.name} could not be opened`);
  }

  /** Keeps what the file that is shown holds. @param empty nothing is kept here yet */
  async bringIn(other: 'mine' | 'theirs', empty: boolean): Promise<void> {
    const opened = this.#opened;
    if (!opened) return;
    this.#trouble = null;
    await this.#work(
      async (options) => {
        const files = await this.files();
        const done = await files.ask('keepProject', { file: opened.file, other }, options);
        this.#opened = null;
        if (empty) this.adopt(opened.contents.settings);
        const kept = [
          plural(done.runs, 'run'),
          plural(done.checkpoints, 'checkpoint'),
          plural(done.studies, 'study', 'studies'),
        ];
        this.notices.show('info', `${kept.join(', ')} came in.`, { why: done.notes });
      },
      null,
      (why) => (this.#trouble = spoken(why)),
    );
  }

  /** Ends what is going on, and the dialog. */
  close(): void {
    this.#abort?.abort(new Error('cancelled'));
    this.#opened = null;
  }

  async #work(
    work: (options: { signal: AbortSignal; onProgress: (progress: FilesProgress) => void }) => Promise<void>,
    doing: string | null,
    told: (why: string) => void = (why) => this.notices.show('error', doing ?? '', { why: [why] }),
  ): Promise<void> {
    if (this.#abort) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#progress = null;
    try {
      await work({ signal: abort.signal, onProgress: (progress) => (this.#progress = progress) });
    } catch (error) {
      if (!abort.signal.aborted) told(plainReason(error));
    } finally {
      this.#abort = null;
      this.#progress = null;
    }
  }
}
