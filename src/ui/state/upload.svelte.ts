/** Files on their way to being tasks: one dialog at a time, the others wait their turn. */
import { buildTask } from '../../data/build';
import { guessMapping, guessMetric } from '../../data/guess';
import { inspect, type Inspection } from '../../data/inspect';
import { presetOf, type Preset } from '../../data/presets';
import { templateColumns } from '../../data/template';
import type { DataProblem, TaskParts } from '../../data/task';
import type { TaskConfig } from '../../run/config';
import { groupFiles, taskId, type Part } from '../draft/plan';
import { asFile, readGroup, unpackedFiles } from '../draft/readGroup';
import {
  DEFAULT_PARTS,
  datasetMeta,
  filesToKeep,
  namesParts,
  objections,
  PARTS,
  type ReadParts,
  type Wording,
} from '../draft/upload';
import { randomId } from '../../store/hash';
import type { FilesProgress } from '../../worker/files/protocol';
import { visible } from '../../security/visible';
import type { FileReader, PageStore, TaskChoice } from '../ports';
import { plainReason, reason, type Notices } from './notices.svelte';
import { Underway } from './underway.svelte';

/** From this size on a pause in typing is waited for before every row is worded again. */
const MANY_ROWS = 5000;
const PAUSE_MS = 250;

const NOTHING: Wording = {
  name: '',
  mapping: { input: '', target: '' },
  metric: 'exact-match',
  split: DEFAULT_PARTS,
};

type Group = Partial<Record<Part, File>>;

/** Files as they were dropped, or those of one task. */
type Waiting = { preset: Preset | undefined } & ({ files: File[] } | { group: Group });

const UNSEEN: Inspection = { labels: [], duplicates: 0, conflicts: 0, problems: [] };

export class Upload {
  #waiting: Waiting[] = [];
  /** Goes on as long as anything waits and no dialog is open; two at once would mix their files. */
  #turn: Promise<void> | null = null;
  readonly #reading = new Underway();
  readonly #fetching = new Underway();
  #asking = $state.raw(false);
  #files = $state.raw<ReadParts | null>(null);
  #wording = $state.raw<Wording>(NOTHING);
  /** The wording that the examples are made with: the one on the screen, or a moment behind for large files. */
  #applied = $state.raw<Wording>(NOTHING);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving = $state.raw(false);
  #built = $derived.by(() => this.#build());

  constructor(
    private readonly store: () => Promise<PageStore>,
    private readonly reader: () => Promise<FileReader>,
    private readonly notices: Notices,
    private readonly taken: () => string[],
    private readonly done: (choice: TaskChoice) => void,
  ) {}

  /** The files of the open dialog, null when it is closed. */
  get files(): ReadParts | null {
    return this.#files;
  }

  get wording(): Wording {
    return this.#wording;
  }

  /** Whether data is being asked for: the dialog for that is open. */
  get asking(): boolean {
    return this.#asking;
  }

  /** Whether files are being read or unpacked. */
  get reading(): boolean {
    return this.#reading.going;
  }

  /** How far they are. */
  get progress(): FilesProgress | null {
    return this.#reading.progress;
  }

  /** Whether a data set is being fetched. */
  get fetching(): boolean {
    return this.#fetching.going;
  }

  get fetched(): FilesProgress | null {
    return this.#fetching.progress;
  }

  get inspection(): Inspection {
    return this.#built.inspection;
  }

  get saving(): boolean {
    return this.#saving;
  }

  get parts(): TaskParts | null {
    return this.#built.parts;
  }

  /** What reading and wording found: put right, doubtful, or wrong. */
  get problems(): DataProblem[] {
    return this.#built.problems;
  }

  get objections(): string[] {
    const { failure, parts } = this.#built;
    if (failure !== null) return [failure];
    const reading = this.reading ? ['The file is still being read.'] : [];
    return [...reading, ...objections(this.#wording, parts)];
  }

  edit(change: Partial<Wording>): void {
    this.#wording = { ...this.#wording, ...change };
    clearTimeout(this.#timer);
    if ((this.#files?.train.table.rows.length ?? 0) < MANY_ROWS) this.#apply();
    else this.#timer = setTimeout(() => this.#apply(), PAUSE_MS);
  }

  /** Words every row anew. */
  #apply(): void {
    clearTimeout(this.#timer);
    this.#applied = this.#wording;
  }

  async take(files: File[], preset?: Preset): Promise<void> {
    // A data set that is being fetched stays in sight.
    if (!this.fetching) this.#asking = false;
    this.#waiting.push({ files, preset });
    await this.#next();
  }

  ask(): void {
    this.#asking = true;
  }

  dismiss(): void {
    this.#fetching.cancel();
    this.#asking = false;
  }

  /** Text from the clipboard, in any of the formats of files. */
  async paste(text: string): Promise<void> {
    if (text.trim() !== '') await this.take([new File([text], 'pasted')]);
  }

  /** A data set of the Hub. */
  async fromHub(id: string): Promise<void> {
    if (this.fetching) return;
    const fetched = await this.notices.guard(
      () => this.#fetching.run(async (telling) => (await this.reader()).ask('hubDataset', { id }, telling)),
      `${id} could not be fetched`,
    );
    if (fetched === undefined) this.#asking = false;
    if (!fetched) return;
    if (fetched.notes.length > 0) this.notices.show('info', '', { why: fetched.notes });
    await this.take(fetched.files.map(asFile), presetOf(fetched.id));
  }

  /** Gives up what is read or open, and opens the next dialog. Nothing happens while files are being kept. */
  async cancel(): Promise<void> {
    if (this.#saving) return;
    this.#reading.cancel();
    this.#files = null;
    await this.#next();
  }

  /** Keeps the files as a dataset, offers the task, and opens the next dialog. */
  async accept(): Promise<void> {
    this.#apply();
    const files = this.#files;
    const parts = this.parts;
    if (!files || !parts || this.objections.length > 0 || this.#saving) return;
    const { name, metric, mapping, split } = this.#wording;
    const id = taskId(name, this.taken());
    const datasetId = `dataset/${id}-${randomId().slice(0, 8)}`;
    const task: TaskConfig = {
      id,
      name: name.trim(),
      metric,
      data: { kind: 'stored', id: datasetId, mapping, ...(split ? { split } : {}) },
    };
    const meta = datasetMeta(task, parts, files);
    this.#saving = true;
    try {
      const store = await this.store();
      void store.persist();
      await store.folders.keep(datasetId, 'dataset', filesToKeep(files), meta);
      this.done({ task, rows: meta.rows, description: meta.fileNames.join(', ') });
      this.notices.say(`${task.name} is added to the plan.`);
      this.#files = null;
    } catch (error) {
      this.notices.show('error', 'The dataset could not be kept', { why: [plainReason(error)] });
    } finally {
      this.#saving = false;
    }
    if (!this.#files) await this.#next();
  }

  async #next(): Promise<void> {
    if (this.#files || this.#waiting.length === 0) return;
    await (this.#turn ??= this.#readOn());
  }

  async #readOn(): Promise<void> {
    try {
      while (!this.#files) {
        const next = this.#waiting.shift();
        if (!next) return;
        if ('files' in next) await this.#sort(next.files, next.preset);
        else await this.#read(next.group, next.preset);
      }
    } finally {
      this.#turn = null;
    }
  }

  /** Files as those of tasks, before whatever came later. */
  async #sort(files: File[], preset: Preset | undefined): Promise<void> {
    const all = await this.notices.guard(
      () => this.#reading.run(async (telling) => unpackedFiles(await this.reader(), files, telling)),
      'The files could not be read',
    );
    this.#waiting.unshift(...groupFiles(all ?? []).map((group) => ({ group, preset })));
  }

  async #read(group: Group, preset: Preset | undefined): Promise<void> {
    // The first rows of a large file are shown while the rest is read.
    const onPreview = (preview: ReadParts) => {
      if (!this.#files) this.#show(preview, preset);
    };
    const files = await this.notices.guard(
      () =>
        this.#reading.run(async (telling) =>
          readGroup(await this.reader(), group, { ...telling, onPreview }),
        ),
      'The file could not be read',
    );
    if (!files) this.#files = null;
    else if (this.#files) this.#files = files;
    else this.#show(files, preset);
    if (files) this.#apply();
  }

  /** Opens the dialog on files, worded as they suggest or as is known of them. */
  #show(files: ReadParts, preset: Preset | undefined): void {
    const split = namesParts(files) ? null : DEFAULT_PARTS;
    const known = preset && fits(preset, files) ? preset : undefined;
    const mapping = known?.mapping ?? guessMapping(files.train.table);
    const name = known?.name ?? title(files.train.fileName);
    this.#wording = { name, mapping, metric: known?.metric ?? 'exact-match', split };
    this.#files = files;
    this.#apply();
    const examples = this.#built.parts?.train;
    if (!known && examples && examples.length > 0) this.edit({ metric: guessMetric(examples) });
  }

  #build(): {
    parts: TaskParts | null;
    problems: DataProblem[];
    failure: string | null;
    inspection: Inspection;
  } {
    const files = this.#files;
    if (!files) return { parts: null, problems: [], failure: null, inspection: UNSEEN };
    const warnings = PARTS.flatMap((part) =>
      (files[part]?.table.warnings ?? []).map((w) => ({ ...w, file: w.file ?? files[part]?.fileName ?? '' })),
    );
    try {
      const { mapping, split } = this.#applied;
      const built = buildTask(
        {
          train: files.train.table,
          ...(files.validation ? { validation: files.validation.table } : {}),
          ...(files.test ? { test: files.test.table } : {}),
        },
        mapping,
        split ?? undefined,
      );
      const inspection = inspect(built.parts);
      const problems = [...warnings, ...built.problems, ...inspection.problems];
      return { parts: built.parts, problems, failure: null, inspection };
    } catch (error) {
      return { parts: null, problems: warnings, failure: reason(error), inspection: UNSEEN };
    }
  }
}

/** Whether the columns that a known wording speaks of are there. */
const fits = ({ mapping }: Preset, { train }: ReadParts): boolean =>
  templateColumns(mapping.input + mapping.target).every((name) => train.table.columns.includes(name));

/** `my_reviews.train.csv` → `My reviews`. */
function title(fileName: string): string {
  const stem = visible(fileName)
    .replace(/\.[a-z0-9]+$/i, '')
    .replace(/[._-]+/g, ' ')
    .replace(/\btrain(ing)?\b/i, '')
    .replace(/\s+/g, ' ')
    .trim();
  return stem === '' ? 'My task' : stem.charAt(0).toUpperCase() + stem.slice(1);
}
