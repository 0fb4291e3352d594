/** Everything that this browser keeps, on its way into one file. */
import type { ArchivedFile } from '../archive/write';
import { parseRunResult } from '../run/resultSchema';
import type { StudyRecord } from '../run/study/queue';
import { parseStudyRecord } from '../run/study/recordSchema';
import type { RunResult } from '../run/result';
import { sha256 } from '../store/hash';
import { StoreError, type FolderManifest, type Store } from '../store/store';
import {
  EXTENSION,
  hasOwnId,
  MANIFEST,
  parseManifest,
  type Manifest,
  type ProjectFolder,
  type ProjectRecord,
  type ProjectSettings,
} from './format';

export interface ProjectChoice {
  /** Models of the Hub too; without them their ids go along, and they are fetched again. */
  hubModels: boolean;
}

/** What a project file will hold. */
export interface Collected {
  manifest: Manifest;
  /** About how long the file will be. */
  bytes: number;
  /** What stays out, and why, a sentence each. */
  notes: string[];
}

export type Kept = {
  folders: Pick<Store['folders'], 'list' | 'read'>;
  runs: Pick<Store['runs'], 'list' | 'get'>;
  studies: Pick<Store['studies'], 'list' | 'get'>;
};

/** Bytes of a record as the file has it. */
export const recordBytes = (record: RunResult | StudyRecord): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(record));

/** Reads what is kept and its hashes; of folders nothing but their manifests. */
export async function collect(
  store: Kept,
  { hubModels }: ProjectChoice,
  settings: ProjectSettings,
): Promise<Collected> {
  const notes: string[] = [];
  const runs = await listed('run', await store.runs.list(), parseRunResult, notes);
  const studies = await listed('study', await store.studies.list(), parseStudyRecord, notes);
  const known = new Set(runs.map((run) => run.id));
  const folders: ProjectFolder[] = [];
  const left: Manifest['hubModels'] = [];
  for (const folder of await store.folders.list()) {
    // It is served beside the page.
    if (folder.id.startsWith('bundled/')) continue;
    const hub = hubOf(folder);
    if (hub && !hubModels) left.push({ ...hub, bytes: folder.bytes });
    else if (!hasOwnId(folder)) notes.push(`${folder.id} is of another version of the page and stays out.`);
    else if (typeof folder.meta['damaged'] === 'string')
      notes.push(`A checkpoint that was set aside as damaged stays out (${folder.id}).`);
    else if (folder.kind === 'checkpoint' && !known.has(String(folder.meta['runId'])))
      notes.push(`A checkpoint of a run that is not kept stays out (${folder.id}).`);
    else folders.push(described(folder, folders.length));
  }
  const manifest: Manifest = {
    format: 'lethe-project',
    version: 1,
    createdAt: new Date().toISOString(),
    runs,
    studies,
    folders,
    hubModels: left,
    settings,
  };
  // What is refused when it is opened must not be saved.
  parseManifest(JSON.parse(JSON.stringify(manifest)));
  return { manifest, bytes: bytesOf(manifest) + JSON.stringify(manifest).length, notes };
}

/** Records as the manifest lists them; `notes` takes a sentence for each that no page of this version can read. */
async function listed(
  what: 'run' | 'study',
  records: readonly (RunResult | StudyRecord)[],
  parse: (value: unknown) => { ok: true } | { ok: false; problems: { path: string }[] },
  notes: string[],
): Promise<ProjectRecord[]> {
  const folder = { run: 'runs', study: 'studies' }[what];
  const taken: ProjectRecord[] = [];
  for (const record of records) {
    const { id, name } = record;
    const bytes = recordBytes(record);
    const parsed = parse(JSON.parse(new TextDecoder().decode(bytes)));
    if (parsed.ok)
      taken.push({
        id,
        name,
        path: `${folder}/${taken.length + 1}.json`,
        bytes: bytes.length,
        sha256: await sha256(bytes),
      });
    else
      notes.push(
        `The ${what} ${name} is of another version of the page and stays out (${parsed.problems[0]?.path ?? ''}).`,
      );
  }
  return taken;
}

/** Bytes of all that a manifest names. */
export const bytesOf = ({ runs, studies, folders }: Manifest): number =>
  [...runs, ...studies].reduce((sum, record) => sum + record.bytes, 0) +
  folders.reduce((sum, { files }) => sum + files.reduce((all, file) => all + file.bytes, 0), 0);

function described(
  { id, kind, createdAt, chunkBytes, meta, files }: FolderManifest,
  at: number,
): ProjectFolder {
  return { id, kind, createdAt, chunkBytes, meta, path: `${kind}s/${at + 1}`, files };
}

function hubOf({ id, meta }: FolderManifest): { id: string; revision: string } | null {
  const hub = meta['hub'] as { id?: unknown; revision?: unknown } | undefined;
  if (!id.startsWith('hub/') || typeof hub?.id !== 'string' || typeof hub.revision !== 'string') return null;
  return { id: hub.id, revision: hub.revision };
}

/**
 * The files of the archive, one at a time, the manifest first.
 * @param told of every byte that is read
 * @throws Error where something was changed or deleted after it was collected
 */
export async function* projectFiles(
  store: Kept,
  manifest: Manifest,
  told: (bytes: number) => void = () => undefined,
): AsyncGenerator<ArchivedFile, void, undefined> {
  yield { path: MANIFEST, content: new TextEncoder().encode(`${JSON.stringify(manifest)}\n`) };
  for (const kind of ['runs', 'studies'] as const)
    for (const { id, name, path, sha256: hash } of manifest[kind]) {
      const record = await store[kind].get(id);
      const content = record && recordBytes(record);
      if (!content || (await sha256(content)) !== hash) throw changed(name);
      told(content.length);
      yield { path, content };
    }
  for (const folder of manifest.folders)
    for (const file of folder.files)
      yield { path: `${folder.path}/${file.path}`, content: read(store, folder, file, told) };
}

async function* read(
  store: Kept,
  folder: ProjectFolder,
  file: ProjectFolder['files'][number],
  told: (bytes: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let chunk = 0;
  try {
    for await (const piece of store.folders.read(folder.id, file.path)) {
      // Another folder may stand there by now, whole and with hashes of its own.
      if ((await sha256(piece)) !== file.chunks[chunk]) throw changed(folder.id);
      chunk += 1;
      told(piece.length);
      yield piece;
    }
  } catch (error) {
    const gone = error instanceof StoreError && (error.code === 'conflict' || error.code === 'missing');
    throw gone ? changed(folder.id) : error;
  }
  if (chunk !== file.chunks.length) throw changed(folder.id);
}

const changed = (what: string): Error =>
  new Error(
    `${what} changed while the project was saved; pause the run that is going, then save the project again`,
  );

/** `lethe-2026-11-29.lethe` */
export const projectFileName = ({ createdAt }: Pick<Manifest, 'createdAt'>): string =>
  `lethe-${createdAt.slice(0, 10)}${EXTENSION}`;
