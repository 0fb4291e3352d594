/** The reader of project files: a zip with a manifest, records, checkpoints and data, from anybody. */
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { createHash } from 'node:crypto';
import { bringIn, type ProjectStore } from '../../../src/project/bringIn';
import { ProjectError, MANIFEST } from '../../../src/project/format';
import { parseRunResult } from '../../../src/run/resultSchema';
import type { RunResult } from '../../../src/run/result';
import { parseStudyRecord, type StudyRecord } from '../../../src/run/study';
import type { FolderManifest } from '../../../src/store/types';
import { pictured } from '../../../src/ui/testing/pictured';
import { fixtureStudy } from '../../../src/ui/testing/studied';
import { changedJson, damaged } from './damage';
import { Lie, must, refused, utf8, type Target } from './target';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** Nothing at all for what JSON has no words for. */
function json(value: unknown): Uint8Array<ArrayBuffer> {
  const text: unknown = JSON.stringify(value);
  return utf8(typeof text === 'string' ? text : '');
}

const record = JSON.parse(JSON.stringify(pictured())) as RunResult;
const studied = JSON.parse(JSON.stringify(await fixtureStudy(1))) as StudyRecord;
const CHUNK = 16_000;

/** A folder as the manifest lists it, and its entries. */
function folder(at: string, id: string, kind: string, meta: object, files: Record<string, Uint8Array>) {
  const listed = Object.entries(files).map(([path, content]) => ({
    path,
    bytes: content.length,
    chunks: Array.from({ length: Math.ceil(content.length / CHUNK) }, (_, i) =>
      sha256(content.subarray(i * CHUNK, (i + 1) * CHUNK)),
    ),
  }));
  return {
    listed: {
      id,
      kind,
      createdAt: '2026-11-29T00:00:00.000Z',
      chunkBytes: CHUNK,
      meta,
      path: at,
      files: listed,
    },
    entries: Object.fromEntries(Object.entries(files).map(([path, content]) => [`${at}/${path}`, content])),
  };
}

interface Parts {
  record: unknown;
  study: unknown;
  state: unknown;
  /** Changes of the manifest, made last. */
  manifest: (good: object) => unknown;
}

/** Written here by docs/project-file.md, not by the page's writer; hashes are right whatever the parts are. */
function project(parts: Parts): Record<string, Uint8Array> {
  const run = json(parts.record);
  const study = json(parts.study);
  const { id, name } = record;
  const checkpoint = folder(
    'checkpoints/1',
    `run/${id}/stage-1`,
    'checkpoint',
    { runId: id, checkpointId: 'stage-1', place: 'stage', stage: 1, step: record.step, runName: name },
    { 'state.json': json(parts.state), 'model.safetensors': new Uint8Array(20_000).map((_, i) => i) },
  );
  const data = folder('datasets/2', 'dataset/mine', 'dataset', {}, { 'train.csv': utf8('a,b\n1,2\n') });
  const manifest = {
    format: 'lethe-project',
    version: 1,
    createdAt: '2026-11-29T00:00:00.000Z',
    runs: [{ id, name, path: 'runs/1.json', bytes: run.length, sha256: sha256(run) }],
    studies: [
      {
        id: studied.id,
        name: studied.name,
        path: 'studies/1.json',
        bytes: study.length,
        sha256: sha256(study),
      },
    ],
    folders: [checkpoint.listed, data.listed],
    hubModels: [],
    settings: { theme: 'dark' },
  };
  return {
    [MANIFEST]: json(parts.manifest(manifest)),
    'runs/1.json': run,
    'studies/1.json': study,
    ...checkpoint.entries,
    ...data.entries,
  };
}

const state = { version: 1, record, stagesTrained: 1 };
const good: Parts = { record, study: studied, state, manifest: (manifest) => manifest };
const manifestOf = JSON.parse(new TextDecoder().decode(project(good)[MANIFEST])) as object;

/** One of its parts is another value than it should be; then the archive may be damaged. */
const made: fc.Arbitrary<{ files: Record<string, Uint8Array>; good: boolean }> = fc.oneof(
  fc.constant({ files: project(good), good: true }),
  changedJson(record).map(({ value, whole }) => ({
    files: project({ ...good, record: value }),
    good: whole,
  })),
  changedJson(studied).map(({ value, whole }) => ({
    files: project({ ...good, study: value }),
    good: whole,
  })),
  changedJson(state).map(({ value, whole }) => ({ files: project({ ...good, state: value }), good: whole })),
  changedJson(manifestOf).map(({ value, whole }) => ({
    files: project({ ...good, manifest: () => value }),
    good: whole,
  })),
);

/** A browser that has nothing, and notes what it is to keep. */
class Kept {
  readonly folders = new Map<string, Map<string, Uint8Array>>();
  readonly runs = new Map<string, RunResult>();
  readonly studies = new Map<string, StudyRecord>();

  get store(): ProjectStore {
    return {
      usage: () => Promise.resolve({ used: 0, quota: null, kept: 0 }),
      folders: {
        list: () => Promise.resolve([]),
        manifest: () => Promise.resolve(null),
        remove: () => Promise.resolve(),
        keep: async (id, _kind, files) => {
          const own = new Map<string, Uint8Array>();
          for await (const { path, content } of files) {
            const pieces: Uint8Array[] = [];
            if (content instanceof Uint8Array) pieces.push(content);
            else for await (const piece of content) pieces.push(piece);
            own.set(path, new Uint8Array(Buffer.concat(pieces)));
          }
          this.folders.set(id, own);
          return {} as FolderManifest;
        },
      },
      runs: {
        get: (id) => Promise.resolve(this.runs.get(id) ?? null),
        put: (result) => Promise.resolve(void this.runs.set(result.id, result)),
      },
      studies: {
        get: (id) => Promise.resolve(this.studies.get(id) ?? null),
        put: (study) => Promise.resolve(void this.studies.set(study.id, study)),
      },
    };
  }
}

type Made = { files: Record<string, Uint8Array>; good: boolean };

export const projectFile: Target<{ made: Made; bytes: Uint8Array<ArrayBuffer>; whole: boolean }> = {
  name: 'project file',
  input: fc.oneof(
    damaged(made, ({ files }) => zipSync(files, { level: 0 })),
    made.map((value) => ({
      made: value,
      bytes: new Uint8Array(zipSync(value.files, { level: 6 })),
      whole: true,
    })),
  ),
  size: ({ bytes }) => bytes.length,
  read: async ({ bytes, made: { files, good: right }, whole }) => {
    const kept = new Kept();
    try {
      await bringIn(new Blob([bytes]), kept.store);
    } catch (error) {
      must(!(whole && right), `a good project was refused: ${String(error)}`);
      if (!(error instanceof ProjectError)) throw error;
      // The archive as a whole, or the entry that is wrong.
      must(
        /whole project file|project of Lethe|newer version|: |\.json|checkpoints\/|datasets\//.test(
          error.message,
        ),
        `the error names no place: ${error.message}`,
      );
      must(kept.runs.size + kept.studies.size === 0, 'a record was kept of a project that was refused');
      return refused(error, [ProjectError], '');
    }
    const contents = Object.values(files).map((content) => Buffer.from(content));
    for (const [id, own] of kept.folders)
      for (const [name, content] of own) {
        must(!name.split(/[/\\]/).includes('..') && !/^([/\\]|[A-Z]:)/.test(name), `${name} leads out`);
        if (content.length > 0 && !contents.some((one) => one.equals(content)))
          throw new Lie(`${id}/${name} is no content of the file`);
      }
    for (const [id, result] of kept.runs) {
      const parsed = parseRunResult(JSON.parse(JSON.stringify(result)));
      must(parsed.ok && result.id === id, 'what is no record was kept as one');
      must(!['running', 'paused'].includes(result.status), 'a run that nobody holds was kept as going');
    }
    for (const [id, study] of kept.studies) {
      const parsed = parseStudyRecord(JSON.parse(JSON.stringify(study)));
      must(parsed.ok && study.id === id, 'what is no study was kept as one');
      must(study.status !== 'running', 'a study that nobody holds was kept as going');
    }
    must(!('polluted' in {}), 'a key became a property of every object');
  },
};
