/** A project file into what this browser keeps. */
import { byAge, checkpointMeta } from '../run/checkpoint';
import { holdRun, studyLock } from '../run/live';
import type { RunResult } from '../run/result';
import { countCells, current } from '../run/study/cells';
import type { StudyRecord } from '../run/study/queue';
import { sha256 } from '../store/hash';
import type { FolderManifest, Store } from '../store/store';
import { bytesOf, recordBytes } from './collect';
import {
  ProjectError,
  type Manifest,
  type ProjectFolder,
  type ProjectRecord,
  type ProjectSettings,
} from './format';
import { openProject, resting, type OpenProject } from './open';

export type ProjectStore = Pick<Store, 'usage'> & {
  folders: Pick<Store['folders'], 'keep' | 'list' | 'manifest' | 'remove'>;
  runs: Pick<Store['runs'], 'get' | 'put'>;
  studies: Pick<Store['studies'], 'get' | 'put'>;
};
/** Where records are kept, those of runs or those of studies. */
type Records<T> = { get(id: string): Promise<T | null>; put(record: T): Promise<void> };

/** What a project file holds, and what of it is here already. */
export interface ProjectContents {
  createdAt: string;
  runs: ProjectRunLine[];
  studies: ProjectStudyLine[];
  checkpoints: number;
  datasets: number;
  models: number;
  bytes: number;
  hubModels: Manifest['hubModels'];
  settings: ProjectSettings;
}

/** Of a record, in this browser: nothing of that id, the same record, or another state of the run or the study. */
export type Here = 'none' | 'same' | 'other';

export interface ProjectRunLine {
  id: string;
  name: string;
  status: RunResult['status'];
  step: number;
  totalSteps: number;
  here: Here;
}

export interface ProjectStudyLine {
  id: string;
  name: string;
  status: StudyRecord['status'];
  /** Cells that have a result, and all of the study. */
  done: number;
  all: number;
  here: Here;
}

/** Reads a file's list and its records; nothing is kept. @throws ProjectError */
export async function projectContents(
  file: Blob,
  store: Pick<ProjectStore, 'runs' | 'studies'>,
): Promise<ProjectContents> {
  const project = await openProject(file);
  const { manifest } = project;
  const runs: ProjectRunLine[] = [];
  for (const listed of manifest.runs) {
    const record = await project.run(listed);
    const { id, name, status, step, totalSteps } = record;
    runs.push({ id, name, status, step, totalSteps, here: await isHere(record, store.runs) });
  }
  const studies: ProjectStudyLine[] = [];
  for (const listed of manifest.studies) {
    const record = await project.study(listed);
    const { id, name, status, study, cells, stamp } = record;
    const { trials, runs: due } = countCells(study);
    const done = current(study, cells, stamp).length;
    studies.push({ id, name, status, done, all: trials + due, here: await isHere(record, store.studies) });
  }
  const count = (kind: ProjectFolder['kind']) => manifest.folders.filter((f) => f.kind === kind).length;
  return {
    createdAt: manifest.createdAt,
    runs,
    studies,
    checkpoints: count('checkpoint'),
    datasets: count('dataset'),
    models: count('model'),
    bytes: bytesOf(manifest),
    hubModels: manifest.hubModels,
    settings: manifest.settings,
  };
}

async function isHere<T extends RunResult | StudyRecord>(record: T, kept: Records<T>): Promise<Here> {
  const own = await kept.get(record.id);
  if (!own) return 'none';
  return (await digest(own)) === (await digest(record)) ? 'same' : 'other';
}

/** Whatever the order of a record's keys. */
const digest = (record: RunResult | StudyRecord): Promise<string> =>
  sha256(recordBytes(Object.fromEntries(Object.entries(resting(record)).sort()) as unknown as RunResult));

export interface BringInOptions {
  /** Which state of a run or a folder stays where both have it and they differ. */
  other?: 'mine' | 'theirs';
  onProgress?: (progress: { path: string; loaded: number; total: number }) => void;
  signal?: AbortSignal;
}

/** What was kept, and in sentences what was not. */
export interface BroughtIn {
  runs: number;
  studies: number;
  checkpoints: number;
  datasets: number;
  models: number;
  notes: string[];
}

/**
 * Keeps what a project file holds. Everything that can be checked without its weights is checked first; then every
 * folder is kept whole or not at all, each chunk against its hash, and records come last, so that no record names
 * what is not there. What is here already is left as it is, so an import that was broken off can be made again.
 * @throws ProjectError where the file is damaged; what was kept until then stays
 */
export async function bringIn(
  file: Blob,
  store: ProjectStore,
  options: BringInOptions = {},
): Promise<BroughtIn> {
  const { other = 'mine', onProgress, signal } = options;
  const project = await openProject(file);
  const { manifest } = project;
  const done: BroughtIn = { runs: 0, studies: 0, checkpoints: 0, datasets: 0, models: 0, notes: [] };
  for (const folder of manifest.folders) {
    signal?.throwIfAborted();
    if (folder.kind === 'checkpoint') await project.checkState(folder);
  }
  const chosen = async <T extends RunResult | StudyRecord>(
    listed: readonly ProjectRecord[],
    read: (listed: ProjectRecord) => Promise<T>,
    kept: Records<T>,
  ): Promise<Map<string, T>> => {
    const found = new Map<string, T>();
    for (const line of listed) {
      signal?.throwIfAborted();
      const record = await read(line);
      if (other === 'mine' && (await isHere(record, kept)) === 'other')
        done.notes.push(`${record.name} is here in another state, which stays.`);
      else found.set(record.id, record);
    }
    return found;
  };
  const wanted = await chosen(manifest.runs, (run) => project.run(run), store.runs);
  const studies = await chosen(manifest.studies, (study) => project.study(study), store.studies);
  const holds = [
    ...(await hold(wanted, (id) => id, done.notes)),
    ...(await hold(studies, studyLock, done.notes)),
  ];
  try {
    await checkRoom(store, manifest);
    const total = bytesOf(manifest);
    let loaded = 0;
    const tell = (path: string, bytes: number): void => {
      signal?.throwIfAborted();
      loaded += bytes;
      onProgress?.({ path, loaded, total });
    };
    // Data and models first: what is kept is of use by itself, should the rest not come.
    const order = { dataset: 0, model: 1, checkpoint: 2 };
    for (const folder of [...manifest.folders].sort((a, b) => order[a.kind] - order[b.kind])) {
      const size = folder.files.reduce((sum, { bytes }) => sum + bytes, 0);
      const kept = await store.folders.manifest(folder.id);
      const passes =
        folder.kind === 'checkpoint'
          ? !wanted.has(String(folder.meta['runId']))
          : kept !== null && other === 'mine' && !same(kept, folder);
      if (passes || (kept && same(kept, folder))) {
        if (passes && folder.kind !== 'checkpoint')
          done.notes.push(`${nameOf(folder)} is here with other content, which stays.`);
        tell(folder.path, size);
        continue;
      }
      await store.folders.keep(folder.id, folder.kind, filesOf(project, folder, tell), folder.meta);
      done[`${folder.kind}s`] += 1;
    }
    for (const record of wanted.values()) {
      if ((await isHere(record, store.runs)) === 'same') continue;
      await dropOthers(store, record.id, manifest);
      await store.runs.put(record);
      done.runs += 1;
    }
    for (const record of studies.values()) {
      if ((await isHere(record, store.studies)) === 'same') continue;
      await store.studies.put(record);
      done.studies += 1;
    }
  } finally {
    holds.forEach((letGo) => letGo());
  }
  return done;
}

/** Nobody goes on with a run while its checkpoints come in, or with a study; one that is going stays as it is. */
async function hold(
  wanted: Map<string, { name: string }>,
  lock: (id: string) => string,
  notes: string[],
): Promise<(() => void)[]> {
  const holds: (() => void)[] = [];
  for (const [id, { name }] of wanted) {
    const letGo = await holdRun(lock(id));
    if (letGo) holds.push(letGo);
    else {
      wanted.delete(id);
      notes.push(`${name} is going on in this browser and stays as it is.`);
    }
  }
  return holds;
}

function* filesOf(
  project: OpenProject,
  folder: ProjectFolder,
  tell: (path: string, bytes: number) => void,
): Generator<{ path: string; content: AsyncIterable<Uint8Array> }, void, undefined> {
  for (const file of folder.files) {
    const content = (async function* () {
      for await (const piece of project.read(folder, file)) {
        tell(`${folder.path}/${file.path}`, piece.length);
        yield piece;
      }
    })();
    yield { path: file.path, content };
  }
}

/** Checkpoints of the state that is replaced: going on from them would be going on with that state. */
async function dropOthers(store: ProjectStore, runId: string, { folders }: Manifest): Promise<void> {
  const listed = new Set(folders.map(({ id }) => id));
  const kept = (await store.folders.list('checkpoint'))
    .map(({ id, meta }) => ({ id, meta: checkpointMeta(meta) }))
    .filter(({ id, meta }) => meta?.runId === runId && !listed.has(id));
  // The newest first: should this be broken off, what stays is older than what came.
  kept.sort((a, b) => (a.meta && b.meta ? byAge(b.meta, a.meta) : 0));
  for (const { id } of kept) await store.folders.remove(id);
}

const nameOf = ({ id, meta }: ProjectFolder): string =>
  typeof meta['label'] === 'string' ? meta['label'] : id;

const same = (kept: FolderManifest, listed: ProjectFolder): boolean =>
  kept.kind === listed.kind &&
  kept.meta['damaged'] === undefined &&
  kept.chunkBytes === listed.chunkBytes &&
  JSON.stringify(kept.files.map(({ path, bytes, chunks }) => [path, bytes, chunks])) ===
    JSON.stringify(listed.files.map(({ path, bytes, chunks }) => [path, bytes, chunks]));

/** @throws ProjectError with the numbers where the browser says that there is too little room */
async function checkRoom(store: ProjectStore, manifest: Manifest): Promise<void> {
  const needed = bytesOf(manifest);
  const { used, quota } = await store.usage();
  if (quota === null || quota - used >= needed) return;
  const mega = (count: number) => `${Math.max(0, Math.round(count / 1e6))} MB`;
  throw new ProjectError(
    `the project takes ${mega(needed)}, and this browser has ${mega(quota - used)} left for the page; delete something on the shelf, or free some disk`,
  );
}
