/** Apart from threads.ts, which the helpers load too: a worker's script cannot hold its own address. */
import { ownWorker } from '../../security/ownWorker';
import threadUrl from './thread.worker.ts?worker&url';
import { endThreads, type SpawnThread } from './threads';

/** Starts a helper as a worker of this one. */
export const spawnWorker: SpawnThread = (start) =>
  new Promise((resolve, reject) => {
    const worker = ownWorker(threadUrl, `engine thread ${start.thread}`);
    worker.onmessage = () => {
      worker.onmessage = null;
      resolve(worker);
    };
    worker.onerror = (event) => {
      endThreads(start.memory);
      reject(new Error(`engine thread ${start.thread}: ${event.message}`));
    };
    worker.postMessage(start);
  });
