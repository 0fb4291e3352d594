/** The real trainer, store and data behind the page. */
import { loadTask } from '../data/load';
import { readLessons, readRecording } from '../data/lessons';
import { readDemo } from '../data/plans';
import { readRecorded } from '../data/recorded';
import { listSamples } from '../data/samples';
import { openStore, type Store } from '../store/store';
import { TrainerClient } from '../worker/client';
import { FilesClient } from '../worker/files/client';
import type { Services } from './ports';

/** The folder that the page is served from, wherever that is. */
const baseUrl = new URL('./', document.baseURI).href;

let opened: Promise<Store> | null = null;

function store(): Promise<Store> {
  opened ??= openStore().catch((error: unknown) => {
    // The next call tries again: another tab may have let go by then.
    opened = null;
    throw error;
  });
  return opened;
}

const files = new FilesClient(baseUrl);

export const services: Services = {
  store,
  files: () => Promise.resolve(files),
  trainer: () =>
    Promise.resolve(
      new TrainerClient({ baseUrl, lastKnown: async (runId) => await (await store()).runs.get(runId) }),
    ),
  tasks: {
    demo: () => readDemo(baseUrl),
    recorded: () => readRecorded(baseUrl),
    samples: async () =>
      (await listSamples(baseUrl)).map(({ id, name, metric, description, rows }) => ({
        task: { id, name, metric, data: { kind: 'sample', name: id } },
        description,
        rows,
      })),
    load: (task) =>
      loadTask(task, {
        baseUrl,
        stored: async (id) => {
          const { folders } = await store();
          const manifest = await folders.manifest(id);
          return await Promise.all(
            (manifest?.files ?? []).map(async ({ path }) => ({
              name: path,
              bytes: await folders.readWhole(id, path),
            })),
          );
        },
      }),
  },
  lessons: {
    all: () => readLessons(baseUrl),
    recording: (name) => readRecording(baseUrl, name),
  },
};
