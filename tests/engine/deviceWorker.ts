/** A worker that opens a device, computes a product on it, and tells what it found. */
import { currentExecutor, openDevice } from '../../src/engine/device';
import { matmul, rowMajor } from '../../src/engine/ops/matmul/matmul';
import { probeDevices } from '../../src/engine/probe';
import { ProgramBuilder } from '../../src/engine/program/program';
import { scalars } from '../../src/engine/program/scalars';
import type { BackendName } from '../../src/engine/types';

/** (1 2)·(3 4)ᵀ */
async function product(): Promise<number[]> {
  const executor = currentExecutor();
  const p = new ProgramBuilder('product');
  const [a, b, c] = [p.input('a', 2), p.input('b', 2), p.output('c', 1)];
  const numbers = p.input('scalars', scalars.length);
  matmul(p, numbers, rowMajor(a, 2), rowMajor(b, 1), rowMajor(c, 1), { M: 1, N: 1, K: 2 });
  const loaded = await executor.load(p.build());
  executor.write(a, Float32Array.of(1, 2), loaded);
  executor.write(b, Float32Array.of(3, 4), loaded);
  executor.run(loaded);
  return [...(await executor.read(c, loaded))];
}

self.onmessage = async ({ data: choice }: MessageEvent<'auto' | BackendName>) => {
  try {
    const probe = await probeDevices();
    const device = await openDevice(choice);
    self.postMessage({ probe, device, product: await product() });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
