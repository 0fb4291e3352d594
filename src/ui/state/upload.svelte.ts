/** Files on their way to being tasks: one dialog at a time, the others wait their turn. */
import { buildTask } from '../../data/build';
import { guessMapping, guessMetric } from '../../data/guess';
import { readTable } from '../../data/read';
import type { DataProblem, TaskParts } from '../../data/task';
import type { Mapping, TaskConfig } from '../../run/config';
import { groupFiles, taskId, type Part } from '../draft/plan';
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
import type { PageStore, TaskChoice } from '../ports';
import type { Notices } from './notices.svelte';

/** From this size on a pause in typing is waited for before every row is worded again. */
const MANY_ROWS = 5000;
const PAUSE_MS = 250;

const NOTHING: Wording = {
  name: '',
  mapping: { input: '', target: '' },
  metric: 'exact-match',
  split: DEFAULT_PARTS,
};

export class Upload {
  #waiting: Partial<Record<Part, File>>[] = [];
  #files = $state.raw<ReadParts | null>(null);
  #wording = $state.raw<Wording>(NOTHING);
  /** The wording that the examples are made with: the one on the screen, or a moment behind for large files. */
  #applied = $state.raw<Wording>(NOTHING);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving = $state.raw(false);
  #built = $derived.by(() => this.#build());

  constructor(
    private readonly store: () => Promise<PageStore>,
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
    return failure === null ? objections(this.#wording, parts) : [failure];
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

  async take(files: File[]): Promise<void> {
    this.#waiting.push(...groupFiles(files));
    if (!this.#files) await this.#next();
  }

  /** Closes the dialog without keeping anything and opens the next one. */
  async cancel(): Promise<void> {
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
    const datasetId = `dataset/${id}-${crypto.randomUUID().slice(0, 8)}`;
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
      this.notices.show('error', `The dataset could not be kept: ${String(error)}`);
    } finally {
      this.#saving = false;
    }
    if (!this.#files) await this.#next();
  }

  async #next(): Promise<void> {
    for (;;) {
      const group = this.#waiting.shift();
      if (!group) return;
      const read = await this.notices.guard(() => readAll(group), 'The file could not be read');
      if (!read) continue;
      const { files, mapping } = read;
      const split = namesParts(files) ? null : DEFAULT_PARTS;
      this.#wording = { name: title(files.train.fileName), mapping, metric: 'exact-match', split };
      this.#files = files;
      this.#apply();
      const examples = this.#built.parts?.train;
      if (examples && examples.length > 0) this.edit({ metric: guessMetric(examples) });
      return;
    }
  }

  #build(): { parts: TaskParts | null; problems: DataProblem[]; failure: string | null } {
    const files = this.#files;
    if (!files) return { parts: null, problems: [], failure: null };
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
      return { parts: built.parts, problems: [...warnings, ...built.problems], failure: null };
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      return { parts: null, problems: warnings, failure };
    }
  }
}

async function readAll(group: Partial<Record<Part, File>>): Promise<{ files: ReadParts; mapping: Mapping }> {
  const read: Partial<ReadParts> = {};
  for (const part of PARTS) {
    const file = group[part];
    if (!file) continue;
    const bytes = new Uint8Array(await file.arrayBuffer());
    read[part] = { fileName: file.name, bytes, table: readTable(bytes, file.name) };
  }
  if (!read.train) throw new Error('there is no file to train on');
  return { files: { ...read, train: read.train }, mapping: guessMapping(read.train.table) };
}

/** `my_reviews.train.csv` → `My reviews`. */
function title(fileName: string): string {
  const stem = fileName
    .replace(/\.[a-z0-9]+$/i, '')
    .replace(/[._-]+/g, ' ')
    .replace(/\btrain(ing)?\b/i, '')
    .replace(/\s+/g, ' ')
    .trim();
  return stem === '' ? 'My task' : stem.charAt(0).toUpperCase() + stem.slice(1);
}
