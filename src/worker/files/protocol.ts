/**
 * What the page asks of the worker that brings things in: models from the Hub or from files, data from files of any
 * size. Every question has an id; it is answered or refused once, and may tell of its progress before that.
 */
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
}

export interface KeptModel {
  source: ModelSource;
  label: string;
  bytes: number;
}

export interface FilesAnswers {
  hubModel: KeptModel;
  fileModel: KeptModel;
}

export type QuestionName = keyof FilesQuestions;

export interface FilesProgress extends Reading {
  /** What it waits for, in a sentence. */
  note?: string;
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
