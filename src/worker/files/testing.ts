/** Help for the tests of this folder: the service behind its client, without a thread between them. */
import type { Store } from '../../store/store';
import { FilesClient } from './client';
import type { FilesCommand, FilesEvent } from './protocol';
import { FilesService } from './service';

export function filesClient(store: Store, o: { hub?: string; baseUrl?: string } = {}): FilesClient {
  return new FilesClient(o.baseUrl ?? 'http://localhost/', () => {
    const worker = { onmessage: null as ((message: { data: FilesEvent }) => void) | null };
    const service = new FilesService((event) => worker.onmessage?.({ data: structuredClone(event) }), {
      openStore: () => Promise.resolve(store),
      ...(o.hub === undefined ? {} : { hub: o.hub }),
    });
    const postMessage = (command: FilesCommand) => queueMicrotask(() => service.handle(command));
    return Object.assign(worker, { postMessage, terminate: () => undefined }) as unknown as Worker;
  });
}
