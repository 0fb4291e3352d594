/** A project file, checked as far as it can be without reading its weights. */
import { openArchive, readEntry, type ArchiveEntry } from '../archive/read';
import type { RunResult } from '../run/result';
import { parseRunResult } from '../run/resultSchema';
import { problemOfState } from '../run/stateSchema';
import type { StudyRecord } from '../run/study/queue';
import { parseStudyRecord } from '../run/study/recordSchema';
import { sha256 } from '../store/hash';
import {
  limits,
  MANIFEST,
  parseManifest,
  ProjectError,
  type Manifest,
  type ProjectFolder,
  type ProjectRecord,
} from './format';

/** The file of a checkpoint that says where the run stood. */
const STATE = 'state.json';

export interface OpenProject {
  manifest: Manifest;
  /** A record, against its hash and its schema; a run that was going is interrupted. */
  run(run: ProjectRecord): Promise<RunResult>;
  /** The same of a study. */
  study(study: ProjectRecord): Promise<StudyRecord>;
  /** A file's bytes, a chunk at a time, each checked against its hash before it is handed on. */
  read(
    folder: ProjectFolder,
    file: ProjectFolder['files'][number],
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>;
  /** Reads what a run goes on from, and checks that it is that. */
  checkState(folder: ProjectFolder): Promise<void>;
}

/** @throws ProjectError that says what is wrong and where */
export async function openProject(file: Blob): Promise<OpenProject> {
  const entries = new Map<string, ArchiveEntry>();
  try {
    for (const entry of await openArchive(file)) {
      if (entries.has(entry.path)) throw new Error(`two entries are called ${entry.path}`);
      entries.set(entry.path, entry);
    }
  } catch (error) {
    throw new ProjectError(`expected a whole project file, which is a zip archive; ${messageOf(error)}`, {
      cause: error,
    });
  }
  const small = async (path: string, most: number): Promise<Uint8Array<ArrayBuffer>> => {
    const entry = entries.get(path);
    if (!entry) throw new ProjectError(`${path} is missing`);
    try {
      return await readEntry(entry, most);
    } catch (error) {
      throw new ProjectError(`${path}: ${messageOf(error)}`, { cause: error });
    }
  };
  if (!entries.has(MANIFEST))
    throw new ProjectError(`expected a project of Lethe; there is no ${MANIFEST} in the file`);
  const manifest = parseManifest(json(await small(MANIFEST, limits.manifest), MANIFEST));
  for (const { path, bytes } of listed(manifest)) {
    const entry = entries.get(path);
    if (!entry) throw new ProjectError(`${path} is missing`);
    if (entry.bytes !== bytes)
      throw new ProjectError(`${path} has ${entry.bytes} bytes; ${MANIFEST} says ${bytes}`);
  }
  const record = async <T extends RunResult | StudyRecord>(
    what: string,
    { id, path, sha256: hash }: ProjectRecord,
    parse: (value: unknown) => { ok: true } | { ok: false; problems: { path: string; message: string }[] },
  ): Promise<T> => {
    const content = await small(path, limits.record);
    if ((await sha256(content)) !== hash) throw damaged(path);
    const value = json(content, path) as T;
    const parsed = parse(value);
    if (!parsed.ok) {
      const [problem] = parsed.problems;
      throw new ProjectError(`${path}: ${problem?.path ?? ''}: ${problem?.message ?? 'unreadable'}`);
    }
    if (value.id !== id)
      throw new ProjectError(`${path}: it is the ${what} "${value.id}"; ${MANIFEST} says "${id}"`);
    return resting(value);
  };
  return {
    manifest,
    run: (run) => record<RunResult>('run', run, parseRunResult),
    study: (study) => record<StudyRecord>('study', study, parseStudyRecord),
    read: (folder, { path, chunks }) => {
      const at = `${folder.path}/${path}`;
      const entry = entries.get(at);
      if (!entry) throw new ProjectError(`${at} is missing`);
      return checked(entry, chunks, folder.chunkBytes);
    },
    async checkState(folder) {
      const path = `${folder.path}/${STATE}`;
      const listing = folder.files.find((file) => file.path === STATE);
      if (!listing) throw new ProjectError(`${path} is missing: nothing can go on from that checkpoint`);
      const content = await small(path, limits.record);
      for (const [chunk, hash] of listing.chunks.entries()) {
        const bytes = content.slice(chunk * folder.chunkBytes, (chunk + 1) * folder.chunkBytes);
        if ((await sha256(bytes)) !== hash) throw damaged(path);
      }
      const problem = problemOfState(json(content, path), String(folder.meta['runId']));
      if (problem !== null) throw new ProjectError(`${path}: ${problem}`);
    },
  };
}

/** A record that nobody works on any more. */
export const resting = <T extends RunResult | StudyRecord>(record: T): T =>
  record.status === 'running' || record.status === 'paused' ? { ...record, status: 'interrupted' } : record;

function* listed({
  runs,
  studies,
  folders,
}: Manifest): Generator<{ path: string; bytes: number }, void, undefined> {
  yield* runs;
  yield* studies;
  for (const folder of folders)
    for (const { path, bytes } of folder.files) yield { path: `${folder.path}/${path}`, bytes };
}

async function* checked(
  entry: ArchiveEntry,
  chunks: readonly string[],
  chunkBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let chunk = 0;
  let filled = 0;
  let buffer = new Uint8Array(Math.min(chunkBytes, entry.bytes));
  const whole = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = buffer.length === filled ? buffer : buffer.slice(0, filled);
    if ((await sha256(bytes)) !== chunks[chunk]) throw damaged(entry.path);
    chunk += 1;
    filled = 0;
    buffer = new Uint8Array(Math.max(0, Math.min(chunkBytes, entry.bytes - chunk * chunkBytes)));
    return bytes;
  };
  try {
    for await (const piece of entry.open()) {
      let taken = 0;
      while (taken < piece.length) {
        const part = piece.subarray(taken, taken + buffer.length - filled);
        buffer.set(part, filled);
        filled += part.length;
        taken += part.length;
        if (filled === buffer.length) yield await whole();
      }
    }
  } catch (error) {
    if (error instanceof ProjectError) throw error;
    throw new ProjectError(`${entry.path} is damaged: ${messageOf(error)}`, { cause: error });
  }
}

const damaged = (path: string): ProjectError =>
  new ProjectError(`${path} is damaged: its SHA-256 is not the one that ${MANIFEST} has`);

function json(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ProjectError(`${path}: expected JSON; ${messageOf(error)}`, { cause: error });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
