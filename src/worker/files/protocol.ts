/**
 * What the page asks of the worker that brings things in: models from the Hub or from files, data from files of any
 * size. Every question has an id; it is answered or refused once, and may tell of its progress before that.
 */
import type { NamedFile, ReadFile } from '../../data/files';
import type { Lengths } from '../../data/lengths';
import type { Example, Table } from '../../data/task';
import type { Reading } from '../../models/meter';
import type { BroughtIn, ProjectContents } from '../../project/bringIn';
import type { ProjectSettings } from '../../project/format';
import type { ModelSource } from '../../run/config';
import type { Taken } from '../outgoing';

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
  /** Fetches a data set of the Hub; one of its configurations where it has several, at most so many bytes. */
  hubDataset: { id: string; config?: string; token?: string; most?: number };
  lengths: {
    model: ModelSource;
    examples: Pick<Example, 'input' | 'target'>[];
    maxSourceTokens: number;
    maxTargetTokens: number;
  };
  /** How many words the model writes with. */
  vocabulary: { model: ModelSource };
  /** What a project file of this browser would hold. */
  projectPlan: { hubModels: boolean };
  /** Everything kept as one file; it comes as `chunk` events, then the answer. */
  saveProject: { hubModels: boolean; settings: ProjectSettings };
  /** What a project file holds; nothing is kept. */
  openProject: { file: Blob };
  /** Keeps what a project file holds; `other` says which state of a run stays where both have it. */
  keepProject: { file: Blob; other: 'mine' | 'theirs' };
}

/** What goes into a project file. */
export interface ProjectPlan {
  fileName: string;
  runs: number;
  studies: number;
  checkpoints: number;
  datasets: number;
  models: number;
  bytes: number;
  /** Models of the Hub, and their bytes, whether they go along or not. */
  hubModels: { count: number; bytes: number };
  notes: string[];
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
  /** `notes` say what of it was left out. */
  hubDataset: { id: string; config: string; configs: string[]; files: NamedFile[]; notes: string[] };
  lengths: { source: Lengths; target: Lengths };
  projectPlan: ProjectPlan;
  saveProject: { fileName: string; bytes: number; notes: string[] };
  openProject: ProjectContents;
  keepProject: BroughtIn;
  vocabulary: { size: number };
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
  { type: 'open'; baseUrl: string } | Asked | { type: 'cancel'; id: number } | Taken;

export type FilesEvent =
  | { type: 'answered'; id: number; answer: FilesAnswers[QuestionName] }
  | { type: 'refused'; id: number; message: string }
  | { type: 'chunk'; id: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'progress'; id: number; progress: FilesProgress };
