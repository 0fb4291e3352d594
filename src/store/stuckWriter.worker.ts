/**
 * For store.browser.test.ts: begins to replace folder "m" of the database that the worker is named after, and
 * never comes to an end. The test terminates it, as a closed tab would be.
 */
import { openStore } from './store';

async function* content() {
  yield new Uint8Array(20 << 20).fill(7);
  await new Promise(() => undefined);
}

const store = await openStore({ name: self.name });
await store.folders.keep('m', 'model', [{ path: 'model.safetensors', content: content() }]);
