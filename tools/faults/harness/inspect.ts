/** Reads the page's database without the page's own code, as it lies there. */
import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import type { RunResult } from '../../../src/run/result';

export interface Inspected {
  runs: { id: string; status: string; step: number }[];
  folders: InspectedFolder[];
  /** Generations of chunks that no manifest names. */
  orphans: number;
  leases: number;
}

export interface InspectedFolder {
  id: string;
  kind: string;
  bytes: number;
  damaged?: string;
  /** What is wrong with its chunks; empty while all of them are what the manifest says. */
  problems: string[];
  /** SHA-256 of each chunk, by file, as read back. */
  digests: Record<string, string[]>;
  /** Bytes of each file. */
  sizes: Record<string, number>;
}

/** Every chunk of every folder is read and hashed. */
export function inspect(page: Page): Promise<Inspected> {
  return page.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(String(request.error)));
      });
    const hex = (bytes: ArrayBuffer) =>
      Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const database = await asked(indexedDB.open('lethe'));
    try {
      // One transaction, so that what is read belongs together.
      const stores = database.transaction(['manifests', 'chunks', 'runs', 'leases']);
      const all = (name: string) => asked(stores.objectStore(name).getAll());
      const keys = (name: string) => asked(stores.objectStore(name).getAllKeys());
      const [manifests, chunks, chunkKeys, runs, leases] = await Promise.all([
        all('manifests'),
        all('chunks'),
        keys('chunks'),
        all('runs'),
        keys('leases'),
      ]);
      const found = new Map(chunkKeys.map((key, i) => [JSON.stringify(key), chunks[i] as unknown]));
      const named = new Set((manifests as { generation: string }[]).map((m) => m.generation));
      const generations = new Set((chunkKeys as [string][]).map(([generation]) => generation));
      const folders: InspectedFolder[] = [];
      for (const manifest of manifests as {
        id: string;
        kind: string;
        bytes: number;
        generation: string;
        meta: Record<string, unknown>;
        files: { path: string; bytes: number; chunks: string[] }[];
      }[]) {
        const problems: string[] = [];
        const digests: Record<string, string[]> = {};
        const sizes: Record<string, number> = {};
        for (const [f, file] of manifest.files.entries()) {
          sizes[file.path] = file.bytes;
          let bytes = 0;
          const own: string[] = [];
          for (const [c, hash] of file.chunks.entries()) {
            const chunk = found.get(JSON.stringify([manifest.generation, f, c]));
            if (!(chunk instanceof Uint8Array)) {
              problems.push(`${file.path}, chunk ${c + 1}: missing`);
              continue;
            }
            bytes += chunk.length;
            own.push(hex(await crypto.subtle.digest('SHA-256', chunk as Uint8Array<ArrayBuffer>)));
            if (own.at(-1) !== hash) problems.push(`${file.path}, chunk ${c + 1}: changed`);
          }
          if (problems.length === 0 && bytes !== file.bytes) problems.push(`${file.path}: ${bytes} bytes`);
          digests[file.path] = own;
        }
        const { id, kind, bytes, meta } = manifest;
        const damaged = typeof meta['damaged'] === 'string' ? { damaged: meta['damaged'] } : {};
        folders.push({ id, kind, bytes, problems, digests, sizes, ...damaged });
      }
      return {
        runs: (runs as RunResult[]).map(({ id, status, step }) => ({ id, status, step })),
        folders,
        orphans: [...generations].filter((generation) => !named.has(generation)).length,
        leases: leases.length,
      };
    } finally {
      database.close();
    }
  });
}

export const checkpointsIn = (found: Inspected, runId: string): InspectedFolder[] =>
  found.folders.filter(({ id }) => id.startsWith(`run/${runId}/`));

/** Sentences for what no kill may leave behind. */
export function corruption(found: Inspected): string[] {
  return found.folders.flatMap(({ id, problems }) => problems.map((problem) => `${id}: ${problem}`));
}

/** A record without what clocks and names say. */
export function timeless(result: RunResult): Omit<RunResult, 'id' | 'createdAt' | 'updatedAt' | 'timings'> {
  const { id: _, createdAt: _c, updatedAt: _u, timings: _t, ...rest } = result;
  return rest;
}

/** What an unbroken run ends with, to hold broken ones to. */
export interface End {
  result: RunResult;
  /** SHA-256 of the chunks of every checkpoint's weights and adapters, by checkpoint and file. */
  weights: Record<string, string[]>;
}

export function endOf(result: RunResult, found: Inspected): End {
  const weights: Record<string, string[]> = {};
  for (const { id, digests } of checkpointsIn(found, result.id))
    for (const [file, own] of Object.entries(digests))
      if (file.endsWith('.safetensors')) weights[`${id.split('/').at(-1)!}/${file}`] = own;
  return { result, weights };
}

/** Names what differs; empty when both ends are the same, bit for bit. */
export function differences(expected: End, got: End): string[] {
  const a: Record<string, unknown> = timeless(expected.result);
  const b: Record<string, unknown> = timeless(got.result);
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const parts = names.filter((name) => !isDeepStrictEqual(a[name], b[name])).map((name) => `record.${name}`);
  const files = [...new Set([...Object.keys(expected.weights), ...Object.keys(got.weights)])];
  parts.push(...files.filter((file) => !isDeepStrictEqual(expected.weights[file], got.weights[file])));
  return parts;
}
