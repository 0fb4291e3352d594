/** What is kept in this browser, as the page shows it: runs, checkpoints, models, datasets, and their room. */
import { heldRuns } from '../../run/live';
import type { Annotation, RunResult } from '../../run/result';
import type { FolderManifest } from '../../store/types';
import type { PageStore } from '../ports';
import { Changes } from './changes';
import { readResult } from '../run/opening';
import { isCellRun } from '../study/cellRuns';
import { isGoing, settledAll } from '../run/reduce';
import { Watch } from './watch';

export class Library {
  #store: PageStore | null = null;
  #runs = $state.raw<RunResult[]>([]);
  #shown = $derived(this.#runs.filter(({ id }) => !isCellRun(id)));
  #folders = $state.raw<FolderManifest[]>([]);
  #usage = $state.raw<{ used: number; quota: number | null } | null>(null);
  #persisted = $state.raw<boolean | null>(null);
  #loaded = $state.raw(false);
  /** A run that another tab holds ends without a word when that tab is closed, or was while this one opened. */
  readonly #watch = new Watch(
    () => this.#runs.some((r) => isGoing(r) && r.id !== this.ownRun()),
    () => this.#settleAgain(),
  );
  /** Runs that another tab has told of while this one looked on. */
  #lookedOn: string[] = [];

  /**
   * @param ownRun the run that this page's worker holds
   * @param orphaned called with a run that another tab trained while this one looked on, when that tab is gone
   * @param deleted called when somebody else has deleted everything that was kept
   */
  constructor(
    private readonly ownRun: () => string | null,
    private readonly orphaned: (run: RunResult) => void = () => undefined,
    private readonly deleted: () => void = () => undefined,
  ) {}

  /** Newest first; those that a study has going are its own. */
  get runs(): RunResult[] {
    return this.#shown;
  }

  /** With those of studies. */
  get everyRun(): RunResult[] {
    return this.#runs;
  }

  /** True once what is kept has been read. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get usage(): { used: number; quota: number | null } | null {
    return this.#usage;
  }

  /** Whether the browser keeps all this even when the disk runs full; null where it does not say. */
  get persisted(): boolean | null {
    return this.#persisted;
  }

  /** Asks the browser to keep all this even when the disk runs full. @returns whether it will */
  async persist(): Promise<boolean> {
    return (this.#persisted = await this.#opened().persist());
  }

  get models(): FolderManifest[] {
    return this.#folders.filter((f) => f.kind === 'model');
  }

  get datasets(): FolderManifest[] {
    return this.#folders.filter((f) => f.kind === 'dataset');
  }

  get checkpoints(): FolderManifest[] {
    return this.#folders.filter((f) => f.kind === 'checkpoint');
  }

  run(id: string): RunResult | undefined {
    return this.#runs.find((r) => r.id === id);
  }

  /** The run that another tab trains. */
  get elsewhere(): RunResult | null {
    return this.#runs.find((r) => isGoing(r) && r.id !== this.ownRun()) ?? null;
  }

  /** Reads everything, and again whatever changes, in this tab or another. */
  async open(store: PageStore): Promise<void> {
    this.#store = store;
    const changes = new Changes((runIds, folders) => {
      // A failing read leaves the list as it was; the next change reads again.
      void this.#again(runIds, folders).catch(() => undefined);
    });
    store.onChange((change) => {
      if (change.of === 'all') {
        this.deleted();
        void Promise.all([this.#readRuns(), this.#readFolders()]).catch(() => undefined);
      } else changes.note(change);
    });
    await Promise.all([this.#readRuns(), this.#readFolders()]);
    this.#loaded = true;
  }

  async removeRun(id: string): Promise<void> {
    await this.#opened().runs.remove(id);
    await Promise.all([this.#readRuns(), this.#readFolders()]);
  }

  async removeFolder(id: string): Promise<void> {
    await this.#opened().folders.remove(id);
    await this.#readFolders();
  }

  /**
   * Keeps the RunResult that a file holds. One that is kept already is replaced, unless this page runs it.
   * @throws Error that says what the file is instead, or what of it is wrong
   */
  async addResult(file: File): Promise<RunResult> {
    const result = await readResult(file);
    if (this.ownRun() === result.id)
      throw new Error('This run is going in this page; it is newer than the file.');
    const { runs } = this.#opened();
    await runs.put(result);
    if (result.annotation) await runs.annotate(result.id, result.annotation);
    this.#place((await runs.get(result.id)) ?? result);
    return result;
  }

  /** Keeps what a person has written on a run. */
  async annotate(id: string, annotation: Annotation): Promise<void> {
    await this.#opened().runs.annotate(id, annotation);
    const run = this.run(id);
    if (run) this.#place({ ...run, annotation });
  }

  /** Puts a record that the page already holds into the list, ahead of the store's own news. */
  noteRun(result: RunResult): void {
    // The worker's record has what was written when the run began.
    const annotation = this.run(result.id)?.annotation;
    this.#place(annotation ? { ...result, annotation } : result);
  }

  #place(result: RunResult): void {
    const others = this.#runs.filter((r) => r.id !== result.id);
    this.#runs = [...others, result].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
    // Another tab may have taken it up, and end without a word.
    this.#watch.again();
  }

  async #again(runIds: string[], folders: boolean): Promise<void> {
    const store = this.#opened();
    // The page follows its own run event by event and is ahead of the store, which writes it every other second.
    const others = runIds.filter((id) => id !== this.ownRun());
    for (const id of others) {
      const result = await store.runs.get(id);
      if (result && isGoing(result) && !this.#lookedOn.includes(id)) this.#lookedOn.push(id);
      const [now] = await this.#settle(result ? [result] : []);
      if (now) this.#place(now);
      else this.#runs = this.#runs.filter((r) => r.id !== id);
    }
    if (folders || others.length > 0) await this.#readFolders();
  }

  async #readRuns(): Promise<void> {
    this.#runs = await this.#settle(await this.#opened().runs.list());
    this.#watch.again();
  }

  async #settleAgain(): Promise<void> {
    const before = this.#runs;
    const now = await this.#settle(before);
    // Something else may have been read meanwhile; it is newer.
    if (this.#runs === before && now.some((run, i) => run !== before[i])) {
      this.#runs = now;
      for (const [i, run] of now.entries()) if (run !== before[i]) await this.#gone(run.id);
    }
  }

  /** Nobody holds a run any more that was going: it is over, or the tab that trained it is gone without a word. */
  async #gone(id: string): Promise<void> {
    const result = await this.#opened().runs.get(id);
    const [now] = await this.#settle(result ? [result] : []);
    if (!result || !now) return;
    this.noteRun(now);
    const lookedOn = this.#lookedOn.includes(id);
    this.#lookedOn = this.#lookedOn.filter((other) => other !== id);
    if (lookedOn && result.status === 'running' && now.status === 'interrupted') this.orphaned(now);
  }

  /** Records of runs that no worker holds any more say that they are interrupted. */
  async #settle(results: RunResult[]): Promise<RunResult[]> {
    const held = [...((await heldRuns()) ?? []), this.ownRun() ?? ''];
    return settledAll(results, held);
  }

  async #readFolders(): Promise<void> {
    const store = this.#opened();
    this.#folders = await store.folders.list();
    this.#usage = await store.usage();
    this.#persisted = await store.persisted();
  }

  #opened(): PageStore {
    if (!this.#store)
      throw new Error('This browser keeps nothing for this page, so there is nothing to open.');
    return this.#store;
  }
}
