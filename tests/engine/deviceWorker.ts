/** Runs in a worker for src/engine/device.browser.test.ts: opens the device that it is told and computes a matrix product. */
import { matMul, tensor2d } from '../../src/engine/tf';
import { openDevice, probeDevices } from '../../src/engine/device';
import type { BackendName } from '../../src/engine/types';

addEventListener('message', (event: MessageEvent<'auto' | BackendName>) => {
  void (async () => {
    try {
      const probe = await probeDevices();
      const device = await openDevice(event.data);
      const product = matMul(tensor2d([[1, 2]]), tensor2d([[3], [4]]));
      postMessage({ probe, device, product: [...(await product.data())] });
    } catch (error) {
      postMessage({ error: String(error) });
    }
  })();
});
