import { get, promisifyRequest, values } from 'idb-keyval';
import type { Annotation, RunResult } from '../run/result';
import type { Database } from './database';
import { chunksOf, type StoredManifest } from './folders';

/** The folder id of a run's checkpoint: `run/<run>/<checkpoint>`, say `run/k3/stage-1`. */
export const checkpointFolder = (runId: string, checkpointId: string): string =>
  `run/${runId}/${checkpointId}`;

/** The records of runs. Their checkpoints are folders with `runId` in the meta. */
export class Runs {
  readonly #database: Database;
  readonly #changed: (id: string) => void;

  constructor(database: Database, changed: (id: string) => void) {
    this.#database = database;
    this.#changed = changed;
  }

  /**
   * Keeps a record in place of the one with its id. What people have written on that one stays: whoever computes a
   * run knows nothing of it.
   */
  async put(result: RunResult): Promise<void> {
    await this.#database.transaction(['runs'], 'readwrite', async (store) => {
      const kept = (await promisifyRequest(store('runs').get(result.id))) as RunResult | undefined;
      const annotation = kept?.annotation;
      store('runs').put(annotation ? { ...result, annotation } : result, result.id);
    });
    this.#changed(result.id);
  }

  /** Replaces what people have written on a run. @returns the record with it; null when there is no such run */
  async annotate(id: string, annotation: Annotation): Promise<RunResult | null> {
    const noted = await this.#database.transaction(['runs'], 'readwrite', async (store) => {
      const kept = (await promisifyRequest(store('runs').get(id))) as RunResult | undefined;
      if (!kept) return null;
      const result = { ...kept, annotation };
      store('runs').put(result, id);
      return result;
    });
    if (noted) this.#changed(id);
    return noted;
  }

  /** Null when there is no such run. */
  async get(id: string): Promise<RunResult | null> {
    return (await get<RunResult>(id, this.#database.use('runs'))) ?? null;
  }

  /** Newest first. */
  async list(): Promise<RunResult[]> {
    const all = await values<RunResult>(this.#database.use('runs'));
    return all.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  /** Removes a run and all its checkpoints in one transaction. */
  async remove(id: string): Promise<void> {
    await this.#database.transaction(['runs', 'manifests', 'chunks'], 'readwrite', async (store) => {
      const manifests = (await promisifyRequest(store('manifests').getAll())) as StoredManifest[];
      store('runs').delete(id);
      for (const manifest of manifests) {
        if (manifest.kind !== 'checkpoint' || !belongsTo(manifest, id)) continue;
        store('manifests').delete(manifest.id);
        store('chunks').delete(chunksOf(manifest.generation));
      }
    });
    this.#changed(id);
  }
}

function belongsTo(manifest: StoredManifest, runId: string): boolean {
  return manifest.meta['runId'] === runId || manifest.id.startsWith(checkpointFolder(runId, ''));
}
