/** The studies that are kept in this browser, and the one that this page works on. */
import { heldRuns, holdRun, studyLock } from '../../run/live';
import type { RunConfig } from '../../run/config';
import type { Cell, Rates, StudyConfig, StudyRecord } from '../../run/study';
// By themselves: with the folder's index the first paint would wait for what reports and pictures need, too.
import { measuringRun, ratesOf } from '../../run/study/estimate';
import { newStudy, withoutFailed } from '../../run/study/queue';
import type { RunResult } from '../../run/result';
import { randomId } from '../../store/hash';
import type { PageStore } from '../ports';
import { newRunId } from '../run/ids';
import type { Bench } from '../state/bench.svelte';
import type { Library } from '../state/library.svelte';
import type { Notices } from '../state/notices.svelte';
import { Watch } from '../state/watch';
import { isOfStudy } from './cellRuns';
import { readStudyFile } from './opening';
import { nowAsText, StudyWorker, type StudyHost } from './worker';

export class Studies {
  #list = $state.raw<StudyRecord[]>([]);
  #loaded = $state.raw(false);
  #going = $state.raw<string | null>(null);
  #cell = $state.raw<Cell | null>(null);
  #measuring = $state.raw(false);
  /** Rates that were measured for their own sake, by what they are rates of. */
  #measured = $state.raw<Readonly<Record<string, Rates>>>({});
  #worker: StudyWorker | null = null;
  /** A study that another tab works on is left without a word when that tab is closed. */
  readonly #watch = new Watch(
    () => this.#list.some(({ id, status }) => status === 'running' && id !== this.#going),
    () => this.#settleAgain(),
  );

  constructor(
    private readonly store: () => Promise<PageStore>,
    private readonly bench: Bench,
    private readonly library: Library,
    private readonly notices: Notices,
    /** Whether checkpoints are being measured, which has the trainer too. */
    private readonly measures: () => boolean = () => false,
  ) {}

  /** Newest first. */
  get list(): StudyRecord[] {
    return this.#list;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Id of the study that this page works on. */
  get going(): string | null {
    return this.#going;
  }

  /** The cell that is being run, of that study. */
  get cell(): Cell | null {
    return this.#cell;
  }

  /** Whether nothing can be started: the trainer is taken, here or by another tab. */
  get busy(): boolean {
    return this.#going !== null || this.bench.busy || this.#taken;
  }

  get #taken(): boolean {
    return this.bench.going !== null || this.library.elsewhere !== null || this.measures();
  }

  get measuring(): boolean {
    return this.#measuring;
  }

  find(id: string): StudyRecord | undefined {
    return this.#list.find((record) => record.id === id);
  }

  /** Reads what is kept, and again what changes in another tab. */
  async open(): Promise<void> {
    const store = await this.store();
    store.onChange((change) => {
      const others = change.of === 'studies' && change.id !== this.#going;
      if (others || change.of === 'all') void this.#read().catch(() => undefined);
    });
    await this.#read();
    this.#loaded = true;
  }

  /** @returns the id of the new study, which is under way then */
  start(study: StudyConfig): string {
    const record = newStudy(newRunId(), study, nowAsText());
    this.#note(record);
    void this.#work(record);
    return record.id;
  }

  /** Goes on at the cell where it stood. @param again also with those that failed */
  resume(id: string, again = false): void {
    const record = this.find(id);
    if (record) void this.#work(again ? withoutFailed(record) : record);
  }

  /** Ends the run that is going; its last checkpoint is where the study goes on. */
  stop(): void {
    this.#worker?.rest();
    this.bench.stop();
  }

  /** With the runs of its cells; not while another tab works on it, which is said. */
  async remove(id: string): Promise<void> {
    const release = await holdRun(studyLock(id));
    if (!release) {
      this.notices.show('error', 'This study is going on in another tab, and stays.');
      return;
    }
    try {
      const store = await this.store();
      // The runs first: they are shown nowhere else, and cut short this leaves the study to be deleted again.
      for (const run of await store.runs.list())
        if (isOfStudy(id, run.id)) await this.library.removeRun(run.id);
      await store.studies.remove(id);
      this.#list = this.#list.filter((record) => record.id !== id);
    } finally {
      release();
    }
  }

  /** Keeps a study that comes as a file. @throws Error that says what is wrong with it */
  async add(file: File): Promise<StudyRecord> {
    const record = await readStudyFile(file);
    if (record.id === this.#going)
      throw new Error('This study is going on in this page, and is newer than the file.');
    const kept = this.find(record.id);
    if (kept && kept.updatedAt > record.updatedAt)
      throw new Error('This study is kept in this browser as it became later; the file is older.');
    await (await this.store()).studies.put(record);
    this.#note(record);
    return record;
  }

  /** How fast this machine is with such runs: of the newest kept one, else what was measured; null when neither. */
  ratesFor(config: RunConfig): Rates | null {
    const key = rateKey(config);
    const kept = this.library.runs.find((run) => run.status === 'finished' && rateKey(run.config) === key);
    return (kept && ratesOf(kept)) ?? this.#measured[key] ?? null;
  }

  /** Measures them by a few steps and rows. */
  async measure(config: RunConfig): Promise<void> {
    if (this.#measuring || this.bench.going) return;
    this.#measuring = true;
    const runId = `${studyLock('measuring')}.${randomId().slice(0, 8)}`;
    try {
      await this.notices.guard(async () => {
        const result = await this.#finished(runId, () => this.bench.start(measuringRun(config), runId));
        const rates = result.status === 'finished' ? ratesOf(result) : null;
        if (!rates) throw new Error(result.error ?? 'the short run did not come to its end');
        this.#measured = { ...this.#measured, [rateKey(config)]: rates };
      }, 'How long it takes could not be measured');
    } finally {
      this.#measuring = false;
      await this.library.removeRun(runId).catch(() => undefined);
    }
  }

  async #finished(runId: string, begin: () => Promise<unknown>): Promise<RunResult> {
    const trainer = await this.bench.trainer();
    return await new Promise((resolve, reject) => {
      const stop = trainer.onEvent((event) => {
        if (event.type !== 'ended' || event.runId !== runId) return;
        stop();
        resolve(event.result);
      });
      begin().catch((error: unknown) => {
        stop();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  async #work(record: StudyRecord): Promise<void> {
    if (this.#going !== null) {
      this.notices.show('error', 'A study is going on already; stop it first.');
      return;
    }
    this.#going = record.id;
    const worker = new StudyWorker(this.#host());
    this.#worker = worker;
    // A study that is worth the wait is worth the room.
    void this.store().then(
      (store) => store.persist(),
      () => undefined,
    );
    await this.notices.guard(async () => {
      const done = await worker.work(record);
      if (worker.problem !== null) this.notices.show('error', 'The study rests.', { why: [worker.problem] });
      else this.notices.say(done.status === 'finished' ? 'The study is finished.' : 'The study rests.');
    }, 'The study could not go on');
    this.#worker = null;
    this.#going = null;
    // It could not be kept that it rests, or another tab works on it.
    await this.#settleAgain().catch(() => undefined);
    this.#watch.again();
  }

  #host(): StudyHost {
    return {
      store: this.store,
      trainer: () => this.bench.trainer(),
      start: (runId, config) => this.bench.start(config, runId),
      resume: (runId) => this.bench.resume(runId),
      taken: () => this.#taken,
      remove: (runId) => this.library.removeRun(runId),
      keep: async (now) => {
        try {
          await (await this.store()).studies.put(now);
        } finally {
          // What is said to be done is kept; what could not be kept is shown all the same, for as long as the page lives.
          this.#note(now);
        }
      },
      onCell: (cell) => (this.#cell = cell),
    };
  }

  #note(record: StudyRecord): void {
    const others = this.#list.filter(({ id }) => id !== record.id);
    this.#list = [...others, record].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  async #read(): Promise<void> {
    const records = await (await this.store()).studies.list();
    const held = await heldRuns();
    // The page is ahead of the store with its own, and keeps it again where somebody else deleted everything.
    const own = this.#going === null ? undefined : this.find(this.#going);
    this.#list = records.map((record) => this.#settled(record, held));
    if (own) this.#note(own);
    this.#watch.again();
  }

  async #settleAgain(): Promise<void> {
    const held = await heldRuns();
    const now = this.#list.map((record) => this.#settled(record, held));
    if (now.some((record, i) => record !== this.#list[i])) this.#list = now;
  }

  /** The record with the status that is true now: nobody works on a study any more whose tab was closed, or crashed. */
  #settled(record: StudyRecord, held: ReadonlySet<string> | null): StudyRecord {
    const left = record.status === 'running' && record.id !== this.#going && !held?.has(studyLock(record.id));
    return left ? { ...record, status: 'interrupted' } : record;
  }
}

/** What decides how fast a step and a row are. */
const rateKey = ({ model, backend, batchSize, maxSourceTokens, maxTargetTokens, lora }: RunConfig): string =>
  JSON.stringify([model, backend, batchSize, maxSourceTokens, maxTargetTokens, lora !== undefined]);
