import { promisifyRequest } from 'idb-keyval';
import type { Database } from './database';
import { chunksOf, type ChunkKey, type StoredManifest } from './folders';
import type { LeaseRecord, Leases } from './leases';

/**
 * Removes the chunks of writes that never finished (a tab that was closed, a crash) and of folders whose
 * replacement was cut short after the flip. Chunks that another tab is writing right now stay.
 * @returns how many unfinished or replaced folders were removed
 */
export async function sweep(database: Database, leases: Leases): Promise<number> {
  const { orphans, records } = await survey(database);
  // Locks are asked for after the survey: a writer holds its lock before its first chunk and until its
  // manifest stands, so an orphan seen above whose lock is free now was either flipped (checked again
  // below) or has no writer left.
  const dead = await leases.dead(orphans, records);
  if (dead.length === 0) return 0;
  return await database.transaction(['manifests', 'chunks', 'leases'], 'readwrite', async (store) => {
    const manifests = (await promisifyRequest(store('manifests').getAll())) as StoredManifest[];
    const named = new Set(manifests.map((manifest) => manifest.generation));
    let removed = 0;
    for (const generation of dead) {
      store('leases').delete(generation);
      if (named.has(generation)) continue;
      store('chunks').delete(chunksOf(generation));
      removed += 1;
    }
    return removed;
  });
}

/** Generations that have a lease, or chunks and no manifest, and what their leases say. */
async function survey(database: Database) {
  return await database.transaction(['manifests', 'chunks', 'leases'], 'readonly', async (store) => {
    const [manifests, chunkKeys, leaseKeys, leaseRecords] = await Promise.all([
      promisifyRequest(store('manifests').getAll()) as Promise<StoredManifest[]>,
      promisifyRequest(store('chunks').getAllKeys()) as Promise<ChunkKey[]>,
      promisifyRequest(store('leases').getAllKeys()) as Promise<string[]>,
      promisifyRequest(store('leases').getAll()) as Promise<LeaseRecord[]>,
    ]);
    const orphans = new Set(chunkKeys.map(([generation]) => generation));
    for (const manifest of manifests) orphans.delete(manifest.generation);
    // A writer that died right after its flip leaves a lease too.
    for (const generation of leaseKeys) orphans.add(generation);
    const records = new Map<string, LeaseRecord>();
    leaseKeys.forEach((key, i) => {
      const record = leaseRecords[i];
      if (record) records.set(key, record);
    });
    return { orphans, records };
  });
}
