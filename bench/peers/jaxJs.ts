/** jax-js as a peer. */
import type * as Step from './jaxJsStep';
import type { Peer } from './peer';

/**
 * Threads of jax-js's WASM in this page. Where memory can be shared it takes one for each core, when it is loaded,
 * and has no setting for it; elsewhere it has one.
 */
let threads: number | undefined;

async function load(wanted: number): Promise<typeof Step> {
  threads ??= crossOriginIsolated ? wanted : 1;
  if (threads !== wanted) throw new Error(`jax-js has ${threads} threads in this page, not ${wanted}`);
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: wanted, configurable: true });
  try {
    return await import('./jaxJsStep');
  } finally {
    Reflect.deleteProperty(navigator, 'hardwareConcurrency');
  }
}

export const jaxJs: Peer = {
  name: 'jax-js',
  async open(spec) {
    const { JaxModel, openDevice } = await load(spec.threads);
    await openDevice(spec.backend);
    return new JaxModel(spec);
  },
};
