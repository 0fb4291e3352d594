import { counted } from '../streams';
import type { ModelFolder } from '../types';
import { repoLabel, type HubRepo } from './address';
import { HubClient, type HubOptions } from './client';
import { downloadFile } from './download';
import { commitOf, listRepo, type HubListing } from './listing';

export interface HubFolder extends ModelFolder {
  /** What lies in the repository; asked for once. */
  listing(): Promise<HubListing>;
}

/** Milliseconds to wait for the commit that `version()` asks for, which a slow network must not hold up. */
const versionTimeout = 4000;

/**
 * A repository of the Hub as a folder. All files are of the commit that the revision was at the first question.
 */
export function hubFolder(repo: HubRepo, options: HubOptions = {}): HubFolder {
  const client = new HubClient(options);
  let listed: Promise<HubListing> | null = null;
  const listing = (): Promise<HubListing> => {
    const asked = (listed ??= listRepo(client, repo));
    // The next question may find the network back.
    asked.catch(() => (listed = null));
    return asked;
  };
  return {
    label: repoLabel(repo),
    listing,
    async open(path, onProgress) {
      const { commit, files } = await listing();
      const file = files.get(path);
      if (!file) return null;
      const content = downloadFile(client, repo, commit, file);
      return onProgress ? counted(content, path, file.bytes, onProgress) : content;
    },
    async version() {
      if (listed) return await listed.then(({ commit }) => commit);
      const signal = AbortSignal.any([
        AbortSignal.timeout(versionTimeout),
        ...(options.signal ? [options.signal] : []),
      ]);
      // Offline, or a private repository without its token: the kept copy has to do.
      return await commitOf(new HubClient({ ...options, signal }), repo).catch(() => null);
    },
  };
}
