import { beforeAll, describe, expect, it } from 'vitest';
import { adafactor, adafactorTable } from '../ops/adafactor/adafactor';
import { openGpu, TestMemory, worstDifference } from './testSupport';

let device: GPUDevice;
beforeAll(async () => {
  device = await openGpu();
});

const layouts: number[][][] = [
  [[5, 7], [6], [3, 130], [1], [4, 4]],
  [[9], [2, 3, 5], [70, 2], [65]],
  [[8], [3]],
];

describe.each([true, false])('adafactor with software=%s', (software) => {
  it.each(layouts)('agrees with the reference over the tensors %j …', async (...shapes) => {
    const memory = new TestMemory();
    let length = 0;
    const table = adafactorTable(
      shapes.map((shape) => {
        const offset = length;
        length += Math.ceil(shape.reduce((a, b) => a * b, 1) / 64) * 64;
        return { offset, shape };
      }),
    );
    const state = memory.noise('state', table.state);
    memory.contents.set(
      state,
      memory.contents.get(state)!.map((x) => Math.abs(x) * 0.01 + 1e-4),
    );
    adafactor(
      memory.p,
      {
        weights: memory.noise('weights', length),
        gradients: memory.noise('gradients', length),
        clip: memory.floats('clip', Float32Array.of(2, 0.7)),
        table: memory.words('table', table.data),
        state,
        scalars: memory.scalars({ decay: 0.8, learningRate: 0.05 }),
      },
      table,
      { clipThreshold: 1, weightDecay: 0.1 },
    );
    expect(await worstDifference(device, memory, software)).toBeLessThan(5e-6);
  });
});
