/** The session's services as the product has them: the engine, the store, the network. */
import { loadTask, type StoredFile } from '../data/load';
import { deviceLost, openDevice } from '../engine/device';
import { probeDevices } from '../engine/probe';
import { openStore, type Store } from '../store/store';
import { openEngineModel, openTryoutModel } from './engineModel';
import { measureStep } from './speed';
import type { Services } from './services';
import { yieldToHost } from './turn';

export function engineServices(): Services {
  let store: Promise<Store> | null = null;
  return {
    store: () => {
      store ??= openStore().catch((error: unknown) => {
        // The next command tries again.
        store = null;
        throw error;
      });
      return store;
    },
    probe: probeDevices,
    openDevice,
    deviceLost,
    openModel: openEngineModel,
    openTryout: openTryoutModel,
    measureStep,
    loadTask: (task, from, baseUrl, breathe) =>
      loadTask(task, {
        baseUrl,
        stored: async (id) => {
          const manifest = await from.folders.manifest(id);
          const files: StoredFile[] = [];
          for (const { path: name } of manifest?.files ?? []) {
            await breathe?.();
            files.push({ name, bytes: await from.folders.readWhole(id, name) });
          }
          return files;
        },
        ...(breathe && { breathe }),
      }),
    yieldToHost,
  };
}
