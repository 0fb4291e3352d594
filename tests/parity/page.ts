/** The page that `npm run parity` opens; it is driven through `window.parity`. */
import { openDevice } from '../../src/engine/device';
import { checkFixture } from './check';
import type { Check } from './compare';

interface Parity {
  /** Opens a backend for the fixture of an address; says on what it computes. */
  open(fixture: { url: string; backend: 'webgpu' | 'wasm' }): Promise<string>;
  /** The next check, computed when asked for; null when there are no more. */
  next(): Promise<Check | null>;
}

declare global {
  interface Window {
    parity: Parity;
  }
}

let checks: AsyncGenerator<Check, void, undefined> | undefined;

window.parity = {
  async open({ url, backend }) {
    const device = await openDevice(backend);
    if (device.backend !== backend) throw new Error(`asked for ${backend}, got ${device.backend}`);
    checks = checkFixture(new URL(url, location.href).href);
    return `${device.backend}: ${device.description}`;
  },
  async next() {
    return (await checks?.next())?.value ?? null;
  },
};
