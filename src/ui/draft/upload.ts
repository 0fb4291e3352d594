/** An uploaded task on its way into the plan: what was read, how it is worded, what is kept. */
import { hole } from '../../data/template';
import type { Example, Table, TaskParts } from '../../data/task';
import type { Mapping, MetricName, Split, TaskConfig } from '../../run/config';
import type { FileToKeep } from '../../store/types';
import type { TaskChoice } from '../ports';
import type { Part } from './plan';

export interface ReadPart {
  fileName: string;
  bytes: Uint8Array;
  table: Table;
}

/** The tables of one task; `train` is always there. */
export type ReadParts = { train: ReadPart } & Partial<Record<Part, ReadPart>>;

export interface Wording {
  name: string;
  mapping: Mapping;
  metric: MetricName;
  /** null where the files name their own parts. */
  split: Split | null;
}

/** True when files or a column of the file say which row belongs to which part. */
export function namesParts(files: ReadParts): boolean {
  return files.train.table.partColumn !== undefined || (files.validation && files.test) !== undefined;
}

/** Cut by seed where the data names no parts. */
export const DEFAULT_PARTS: Split = { validation: 0.1, test: 0.2, seed: 0 };

export const PARTS: Part[] = ['train', 'validation', 'test'];

/** The template with a column put in at the caret, and where the caret is then. */
export function inserted(template: string, column: string, from: number, to: number) {
  const text = hole(column);
  return { template: template.slice(0, from) + text + template.slice(to), caret: from + text.length };
}

/** Up to `most` examples, spread over the part so that a sorted file still shows its kinds. */
export function previewOf(examples: Example[], most = 5): Example[] {
  if (examples.length <= most) return examples;
  return Array.from({ length: most }, (_, i) => examples[Math.floor((i * examples.length) / most)]).flatMap(
    (e) => (e ? [e] : []),
  );
}

/** Why the task can't be kept as it is; empty when it can. */
export function objections(wording: Wording, parts: TaskParts | null): string[] {
  const found: string[] = [];
  if (wording.name.trim() === '') found.push('Give the task a name.');
  if (wording.split && wording.split.validation + wording.split.test >= 1)
    found.push('Validation and test together take every row; leave some to train on.');
  if (!parts) return found;
  if (parts.train.length === 0) found.push('No row is left to train on.');
  if (parts.validation.length === 0)
    found.push('No row is left for validation; the curves are drawn from it.');
  if (parts.test.length === 0) found.push('No row is left for the test part; the matrix is scored on it.');
  return found;
}

/** Name under which the file lies in the dataset's folder: `train.csv`. */
export function keptPath(part: Part, fileName: string): string {
  const extension = /\.([a-z0-9]{1,8})$/i.exec(fileName)?.[1]?.toLowerCase();
  return extension ? `${part}.${extension}` : part;
}

export function filesToKeep(parts: ReadParts): FileToKeep[] {
  return PARTS.flatMap((part) => {
    const read = parts[part];
    return read ? [{ path: keptPath(part, read.fileName), content: read.bytes }] : [];
  });
}

export interface DatasetMeta extends Record<string, unknown> {
  task: TaskConfig;
  rows: { train: number; validation: number; test: number };
  fileNames: string[];
}

export function datasetMeta(task: TaskConfig, parts: TaskParts, files: ReadParts): DatasetMeta {
  return {
    task,
    rows: { train: parts.train.length, validation: parts.validation.length, test: parts.test.length },
    fileNames: PARTS.flatMap((part) => files[part]?.fileName ?? []),
  };
}

/** The choice that a kept dataset offers, null when another version of the page wrote what lies there. */
export function choiceOfDataset(meta: Record<string, unknown>): TaskChoice | null {
  const { task, rows, fileNames } = meta as Partial<DatasetMeta>;
  if (task === undefined || rows === undefined || typeof task.id !== 'string') return null;
  return { task, rows, description: fileNames?.join(', ') ?? '' };
}
