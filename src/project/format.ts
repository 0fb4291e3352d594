/** What a project file is: docs/project-file.md says it in words. */
import * as v from 'valibot';
import { checkpointMeta } from '../run/checkpoint';
import { RunConfig, TaskConfig } from '../run/config';
import type { FolderManifest } from '../store/types';

/** The first entry of the archive: it names all others, with their hashes. */
export const MANIFEST = 'project.json';
export const EXTENSION = '.lethe';

/** Bounds that a file is held to before any of it is read. */
export const limits = {
  /** Bytes of the manifest: 32 bytes of hash, as text, for each 8 MiB. */
  manifest: 64e6,
  /** Bytes of the record of a run or a study. */
  record: 200e6,
  runs: 10_000,
  studies: 10_000,
  folders: 20_000,
  files: 1000,
  chunk: 8 * 1024 * 1024,
} as const;

const words = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
const bytes = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal'));
const date = v.pipe(
  words(40),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'expected a date'),
);
/** A path that unpacks below a folder, whatever unpacks it. */
const path = v.pipe(
  words(1000),
  v.check(
    // eslint-disable-next-line no-control-regex -- that is what is refused
    (text) => !/[\\:\u0000-\u001f]/.test(text) && !text.split('/').some((part) => /^\.{0,2}$/.test(part)),
    'expected a path below a folder',
  ),
);

const KeptFile = v.strictObject({ path, bytes, chunks: v.pipe(v.array(sha256), v.maxLength(1_000_000)) });

const Folder = v.pipe(
  v.strictObject({
    id: words(500),
    kind: v.picklist(['checkpoint', 'model', 'dataset']),
    createdAt: date,
    /** Bytes of a chunk: each but a file's last is as long. */
    chunkBytes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.chunk)),
    meta: v.record(v.string(), v.unknown()),
    /** Where its files are in the archive. */
    path,
    files: v.pipe(v.array(KeptFile), v.maxLength(limits.files)),
  }),
  v.check(
    ({ chunkBytes, files }) =>
      files.every((file) => file.chunks.length === Math.ceil(file.bytes / chunkBytes)),
    'expected a hash for every chunk of every file',
  ),
  v.check(({ files }) => unique(files.map((file) => file.path)), 'two files have one path'),
  v.check((folder) => hasOwnId(folder), 'expected an id and a meta of its kind'),
);

const ListedRecord = v.strictObject({
  id: words(300),
  name: v.pipe(v.string(), v.maxLength(500)),
  path,
  bytes: v.pipe(bytes, v.maxValue(limits.record)),
  sha256,
});

const Manifest = v.pipe(
  v.object({
    format: v.literal('lethe-project'),
    version: v.literal(1),
    createdAt: date,
    runs: v.pipe(v.array(ListedRecord), v.maxLength(limits.runs)),
    /** Files of earlier pages have none. */
    studies: v.optional(v.pipe(v.array(ListedRecord), v.maxLength(limits.studies)), []),
    folders: v.pipe(v.array(Folder), v.maxLength(limits.folders)),
    /** Models that runs begin with and that the file does not hold: they are fetched again. */
    hubModels: v.pipe(
      v.array(v.strictObject({ id: words(200), revision: words(200), bytes })),
      v.maxLength(limits.folders),
    ),
    settings: v.object({
      /** The plan in the form. */
      draft: v.optional(RunConfig),
      theme: v.optional(v.picklist(['system', 'light', 'dark', 'projector'])),
    }),
  }),
  v.check(({ runs }) => unique(runs.map((run) => run.id)), 'two runs have one id'),
  v.check(({ studies }) => unique(studies.map((study) => study.id)), 'two studies have one id'),
  v.check(({ folders }) => unique(folders.map((folder) => folder.id)), 'two folders have one id'),
  v.check(
    ({ runs, studies, folders }) =>
      unique([
        MANIFEST,
        ...[...runs, ...studies].map((record) => record.path),
        ...folders.flatMap((folder) => folder.files.map((file) => `${folder.path}/${file.path}`)),
      ]),
    'two entries have one path',
  ),
  v.check(
    ({ runs, folders }) =>
      folders.every(
        ({ kind, meta }) =>
          kind !== 'checkpoint' || runs.some(({ id }) => id === checkpointMeta(meta)?.runId),
      ),
    'a checkpoint is of no run in the file',
  ),
);

export type Manifest = v.InferOutput<typeof Manifest>;
export type ProjectSettings = Manifest['settings'];
export type ProjectFolder = Manifest['folders'][number];
export type ProjectRecord = Manifest['runs'][number];

const rows = v.pipe(v.number(), v.integer(), v.minValue(0));
/** What the page reads of a data set's meta: it becomes a task that can be planned. */
const DatasetMeta = v.looseObject({
  task: v.optional(TaskConfig),
  rows: v.optional(v.object({ train: rows, validation: rows, test: rows })),
  fileNames: v.optional(v.array(v.string())),
});
const ModelMeta = v.looseObject({
  label: v.optional(v.string()),
  hub: v.optional(v.object({ id: v.string(), revision: v.string() })),
});

/** The name of a folder says what it is, and its meta is what the page reads of such a one; a file must not put one thing in the place of another. */
export function hasOwnId({ kind, id, meta }: Pick<FolderManifest, 'kind' | 'id' | 'meta'>): boolean {
  switch (kind) {
    case 'checkpoint': {
      const known = checkpointMeta(meta);
      return known !== null && id === `run/${known.runId}/${known.checkpointId}`;
    }
    case 'dataset':
      return id.startsWith('dataset/') && v.is(DatasetMeta, meta);
    default:
      return /^(local|hub|model)\//.test(id) && v.is(ModelMeta, meta);
  }
}

const unique = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** Most problems that are told of. */
const mostTold = 3;

/** @throws ProjectError that says what is wrong, and where */
export function parseManifest(value: unknown): Manifest {
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== 'lethe-project')
    throw new ProjectError(`${MANIFEST}: expected "format": "lethe-project"; this is no project of Lethe`);
  if (typeof version === 'number' && version > 1)
    throw new ProjectError(
      `the file is of a newer version of this page (format ${version}; this one knows 1); reload the page, then try again`,
    );
  const parsed = v.safeParse(Manifest, value);
  if (parsed.success) return parsed.output;
  const told = parsed.issues
    .slice(0, mostTold)
    .map((issue) => [v.getDotPath(issue), issue.message].filter(Boolean).join(': '));
  const more = parsed.issues.length - told.length;
  throw new ProjectError(`${MANIFEST}: ${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`);
}

/** The file is no project, or a damaged one: the message says where and what was expected. */
export class ProjectError extends Error {
  override name = 'ProjectError';
}
