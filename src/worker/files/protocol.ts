/**
 * What the page asks of the worker that brings things in: models from the Hub or from files, data from files of any
 * size. Every question has an id; it is answered or refused once, and may tell of its progress before that.
 */
import type { NamedFile, ReadFile } from '../../data/files';
import type { Lengths } from '../../data/lengths';
import type { Example, Table } from '../../data/task';
import type { Reading } from '../../models/meter';
import type { ModelSource } from '../../run/config';

/** A file of a folder that a person chose. */
export interface ChosenFile {
  /** Within the folder. */
  path: string;
  file: Blob;
}

export interface FilesQuestions {
  /** Streams a model of the Hub into the store. */
  hubModel: { id: string; revision: string; token?: string };
  /** Checks a model's files and copies them into the store. */
  fileModel: { label: string; files: ChosenFile[] };
  /** Reads a data file; `whole` and `most` stand in for the usual sizes (see data/files.ts). */
  read: { name: string; file: Blob; whole?: number; most?: number };
  /** The files of archives, and the others as they are. */
  unpack: { files: NamedFile[] };
  /** Fetches a data set of the Hub; one of its configurations where it has several. */
  hubDataset: { id: string; config?: string; token?: string };
  lengths: {
    model: ModelSource;
    examples: Pick<Example, 'input' | 'target'>[];
    maxSourceTokens: number;
    maxTargetTokens: number;
  };
}

export interface KeptModel {
  source: ModelSource;
  label: string;
  bytes: number;
}

export interface FilesAnswers {
  hubModel: KeptModel;
  fileModel: KeptModel;
  /** `bytes` are what to keep in the place of a file that was sampled. */
  read: ReadFile & { bytes: Uint8Array<ArrayBuffer> | null };
  unpack: NamedFile[];
  hubDataset: { id: string; config: string; configs: string[]; files: NamedFile[] };
  lengths: { source: Lengths; target: Lengths };
}

export type QuestionName = keyof FilesQuestions;

export interface FilesProgress extends Reading {
  /** What it waits for, in a sentence. */
  note?: string;
  /** The first rows of a data file that is still being read. */
  preview?: Table;
}

/** One of the questions, with its id. */
export type Asked = {
  [K in QuestionName]: { type: 'ask'; id: number; name: K; question: FilesQuestions[K] };
}[QuestionName];

export type FilesCommand =
  /** Always first: the address that models and sample tasks are found under. */
  { type: 'open'; baseUrl: string } | Asked | { type: 'cancel'; id: number };

export type FilesEvent =
  | { type: 'answered'; id: number; answer: FilesAnswers[QuestionName] }
  | { type: 'refused'; id: number; message: string }
  | { type: 'progress'; id: number; progress: FilesProgress };
