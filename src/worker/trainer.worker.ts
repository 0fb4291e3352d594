/** The trainer worker: hands messages to a session and events to the page, and nothing else. */
import { engineServices } from './engineServices';
import type { Command } from './protocol';
import { Session } from './session';

const session = new Session(engineServices(), (event, transfer = []) =>
  self.postMessage(event, { transfer }),
);

self.onmessage = (message: MessageEvent<Command>) => session.handle(message.data);
