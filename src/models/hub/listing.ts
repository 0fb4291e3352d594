/** What lies in a repository of the Hub, and the commit that is meant by a revision. */
import { ModelError } from '../types';
import { apiAddress, repoLabel, type HubRepo } from './address';
import type { HubClient } from './client';

export interface HubFile {
  path: string;
  bytes: number;
  /** SHA-256 of the content, which the Hub knows of large files. */
  sha256?: string;
  /** Git's id of the content, which it knows of small ones: SHA-1 of `blob <bytes>\0` and the content. */
  gitId?: string;
}

export interface HubListing {
  commit: string;
  files: Map<string, HubFile>;
}

/** Pages of a listing that are read; each has up to 1,000 entries. */
const mostPages = 50;

/**
 * The commit of a revision.
 * @throws ModelError when there is none, or it is not for everyone to read
 */
export async function commitOf(client: HubClient, repo: HubRepo): Promise<string> {
  const address = apiAddress(repo, `revision/${encodeURIComponent(repo.revision)}`, client.base);
  const { value } = await client.json(repo, address);
  const commit = (value as { sha?: unknown } | null)?.sha;
  if (typeof commit !== 'string' || !/^[0-9a-f]{7,64}$/.test(commit))
    throw new ModelError(`${client.base} does not say which commit ${repoLabel(repo)} is`);
  return commit;
}

/** Every file of a repository at one commit. @throws ModelError */
export async function listRepo(client: HubClient, repo: HubRepo): Promise<HubListing> {
  const commit = await commitOf(client, repo);
  const files = new Map<string, HubFile>();
  let address: string | null = apiAddress(repo, `tree/${commit}?recursive=true`, client.base);
  for (let page = 0; address !== null; page += 1) {
    if (page >= mostPages) throw new ModelError(`${repoLabel(repo)} has too many files to list`);
    const { value, next } = await client.json(repo, address);
    if (!Array.isArray(value)) throw new ModelError(`${client.base} answered no list of files`);
    for (const entry of value as unknown[]) {
      const file = fileOf(entry);
      if (file) files.set(file.path, file);
    }
    // A page that leads to another host is not of this Hub.
    address = next !== null && next.startsWith(`${client.base}/`) ? next : null;
  }
  return { commit, files };
}

function fileOf(entry: unknown): HubFile | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { type, path, size, oid, lfs } = entry as Record<string, unknown>;
  if (type !== 'file' || typeof path !== 'string' || typeof size !== 'number') return null;
  const large = lfs as { oid?: unknown; size?: unknown } | null | undefined;
  if (large && typeof large.oid === 'string' && /^(sha256:)?[0-9a-f]{64}$/.test(large.oid))
    return {
      path,
      bytes: typeof large.size === 'number' ? large.size : size,
      sha256: large.oid.replace('sha256:', ''),
    };
  return typeof oid === 'string' && /^[0-9a-f]{40}$/.test(oid)
    ? { path, bytes: size, gitId: oid }
    : { path, bytes: size };
}
