/** The page that `npm run parity` opens; it is driven through `window.parity`. */
import { openDevice } from '../../src/engine/device';
import { checkFixture } from './check';
import type { TrainedAdapter } from './adapters';
import type { Check } from './compare';

interface Parity {
  /** Opens a backend for the fixture of an address; says on what it computes. */
  open(fixture: { url: string; backend: 'webgpu' | 'wasm' }): Promise<string>;
  /** The next check, computed when asked for; null when there are no more. */
  next(): Promise<Check | null>;
  /** Adapters trained by the checks so far: their files and logits as base64. */
  trained(): { name: string; files: { path: string; base64: string }[] }[];
}

declare global {
  interface Window {
    parity: Parity;
  }
}

/** Of bytes, in pieces that a call's arguments can hold. */
function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

let adapters: TrainedAdapter[] = [];
let checks: AsyncGenerator<Check, void, undefined> | undefined;

window.parity = {
  async open({ url, backend }) {
    const device = await openDevice(backend);
    if (device.backend !== backend) throw new Error(`asked for ${backend}, got ${device.backend}`);
    adapters = [];
    checks = checkFixture(new URL(url, location.href).href, adapters);
    return `${device.backend}: ${device.description}`;
  },
  async next() {
    return (await checks?.next())?.value ?? null;
  },
  trained() {
    return adapters.map(({ name, files, logits }) => ({
      name,
      files: [
        ...files,
        { path: 'logits.f32', bytes: new Uint8Array(logits.buffer.slice(0) as ArrayBuffer) },
      ].map(({ path, bytes }) => ({ path, base64: base64(bytes) })),
    }));
  },
};
