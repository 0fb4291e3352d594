/** Entry of a helper thread of the WASM executor. */
import { serveThread } from './serveThread';
import type { ThreadStart } from './threads';

self.onmessage = ({ data }: MessageEvent<ThreadStart>) => {
  serveThread(data, () => {
    self.postMessage('ready');
  });
};
