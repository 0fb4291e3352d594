/** The page that `npm run parity` opens; it is driven through `window.parity`. */
import { openDevice } from '../../src/engine/device';
import { checkFixture } from './check';
import type { Check } from './compare';

declare global {
  interface Window {
    parity: (url: string, backend: 'webgpu' | 'wasm') => Promise<{ device: string; checks: Check[] }>;
  }
}

window.parity = async (url, backend) => {
  const device = await openDevice(backend);
  if (device.backend !== backend) throw new Error(`asked for ${backend}, got ${device.backend}`);
  const checks: Check[] = [];
  await checkFixture(new URL(url, location.href).href, (check) => checks.push(check));
  return { device: `${device.backend}: ${device.description}`, checks };
};
