import { cachedFolder } from '../models/cache';
import { keptFolder, urlFolder } from '../models/folder';
import { repoLabel, type HubRepo } from '../models/hub/address';
import type { HubOptions } from '../models/hub/client';
import { hubFolder } from '../models/hub/folder';
import type { ModelFolder } from '../models/types';
import type { ModelSource } from '../run/config';
import { checkpointFolder, type Store } from '../store/store';

/**
 * The folder that a config's model is read from.
 * @param baseUrl absolute, with a slash at its end
 * @param onWarning told when a bundled model works but could not be kept for offline use
 */
export async function folderOf(
  source: ModelSource,
  store: Store,
  baseUrl: string,
  onWarning: (message: string) => void,
): Promise<ModelFolder> {
  switch (source.source) {
    case 'bundled': {
      const remote = urlFolder(new URL(`models/${source.name}/`, baseUrl).href);
      const named = { ...remote, label: source.name };
      return cachedFolder(named, store.folders, `bundled/${source.name}`, { onWarning });
    }
    case 'hub':
      return keptFromHub({ kind: 'models', ...source }, store, onWarning);
    case 'folder':
      return urlFolder(new URL(source.path, baseUrl).href);
    case 'stored':
      return await keptFolder(store.folders, source.id);
    case 'checkpoint':
      return await keptFolder(
        store.folders,
        checkpointFolder(source.runId, source.checkpointId),
        `${source.checkpointId} of run ${source.runId}`,
      );
  }
}

/** A model of the Hub, kept as it is streamed. */
export function keptFromHub(
  repo: HubRepo,
  store: Store,
  onWarning: (message: string) => void,
  options: HubOptions = {},
): ModelFolder {
  const { id, revision } = repo;
  return cachedFolder(hubFolder(repo, options), store.folders, `hub/${repoLabel(repo)}`, {
    onWarning,
    meta: { hub: { id, revision } },
  });
}
