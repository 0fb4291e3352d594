/** The files worker: hands questions to a service and what it says to the page, and nothing else. */
import type { FilesCommand } from './protocol';
import { FilesService } from './service';

const service = new FilesService((event, transfer) => self.postMessage(event, transfer ?? []));

self.onmessage = (message: MessageEvent<FilesCommand>) => service.handle(message.data);
