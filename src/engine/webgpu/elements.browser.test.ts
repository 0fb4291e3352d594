import { beforeAll, describe, expect, it } from 'vitest';
import { activation, activationGrad } from '../ops/activation/activation';
import { adamw } from '../ops/adamw/adamw';
import { dropout } from '../ops/dropout/dropout';
import { embedding, embeddingGrad } from '../ops/embedding/embedding';
import { axpy, fill } from '../ops/vector/vector';
import { openGpu, TestMemory, worstDifference } from './testSupport';

let device: GPUDevice;
beforeAll(async () => {
  device = await openGpu();
});

const agree = (memory: TestMemory) => worstDifference(device, memory, true);

describe('elementwise operations', () => {
  it.each([1, 63, 256, 4100])('dropout of %i', async (length) => {
    for (const rate of [0, 0.1, 0.5]) {
      const memory = new TestMemory();
      dropout(
        memory.p,
        { x: memory.noise('x', length), scalars: memory.scalars(), y: memory.noise('y', length + 2) },
        { length, site: 3, rate },
      );
      expect(await agree(memory)).toBeLessThan(2e-7);
    }
  });

  it.each([
    [3, 8, true],
    [5, 7, true],
    [4, 52, false],
    [2, 3, false],
  ])('activation and its gradient, %i rows of %i, gated %s', async (rows, dim, gated) => {
    for (const rate of [0, 0.2]) {
      const memory = new TestMemory();
      const wide = rows * dim * (gated ? 2 : 1);
      const shape = { rows, dim, gated, dropout: rate, site: 11 };
      const h = memory.noise('h', wide, 6);
      const scalars = memory.scalars();
      activation(memory.p, { h, scalars, out: memory.noise('out', rows * dim) }, shape);
      const dOut = memory.noise('dOut', rows * dim);
      activationGrad(memory.p, { dOut, h, scalars, dh: memory.noise('dh', wide) }, shape);
      expect(await agree(memory)).toBeLessThan(2e-6);
    }
  });

  it('gelu far from zero neither overflows nor loses its tail', async () => {
    const memory = new TestMemory();
    const xs = [-1e30, -1e4, -60, -12, -5, -1e-6, 0, 1e-6, 5, 12, 60, 1e4];
    const h = memory.floats('h', Float32Array.from([...xs, ...xs.map(() => 1)]));
    const dOut = memory.floats('dOut', new Float32Array(xs.length).fill(1));
    const shape = { rows: 1, dim: xs.length, gated: true, dropout: 0, site: 0 };
    activationGrad(
      memory.p,
      { dOut, h, scalars: memory.scalars(), dh: memory.noise('dh', 2 * xs.length) },
      shape,
    );
    expect(await agree(memory)).toBeLessThan(2e-6);
  });

  it.each([
    [7, 20],
    [6, 5],
  ])('embedding and its gradient, %i rows of %i', async (rows, dim) => {
    for (const rate of [0, 0.3]) {
      const memory = new TestMemory();
      const list = Array.from({ length: rows }, (_, i) => [4, 0, 4, 2, 0, 4, 9][i]!);
      const ids = memory.words('ids', Uint32Array.from(list));
      const order = memory.words(
        'order',
        Uint32Array.from(list.keys()).sort((a, b) => list[a]! - list[b]! || a - b),
      );
      const scalars = memory.scalars();
      const shape = { rows, dim, dropout: rate, site: 1 };
      const out = memory.noise('out', rows * dim);
      embedding(memory.p, { table: memory.noise('table', 10 * dim), ids, scalars, out }, shape);
      const ofHalves = { table: memory.halves('halves', 10 * dim), out: memory.noise('other', rows * dim) };
      embedding(memory.p, { ...ofHalves, ids, scalars }, shape);
      const dTable = memory.noise('dTable', 10 * dim);
      embeddingGrad(memory.p, { dOut: memory.noise('dOut', rows * dim), ids, order, scalars, dTable }, shape);
      expect(await agree(memory)).toBeLessThan(1e-6);
    }
  });

  it.each([64, 77])('adamw over %i numbers', async (length) => {
    const memory = new TestMemory();
    adamw(
      memory.p,
      {
        weights: memory.noise('weights', length),
        gradients: memory.noise('gradients', length),
        m: memory.noise('m', length, 0.1),
        v: memory.floats('v', memory.contents.values().next().value!.map(Math.abs) as Float32Array),
        scalars: memory.scalars(),
        clip: memory.floats('clip', Float32Array.of(3, 0.4)),
      },
      { length, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
    );
    expect(await agree(memory)).toBeLessThan(2e-6);
  });

  it.each([4, 130])('axpy and fill of %i', async (length) => {
    const memory = new TestMemory();
    const x = memory.noise('x', length);
    axpy(memory.p, x, memory.noise('y', length + 1), length, 0.5, -2);
    axpy(memory.p, x, memory.floats('z', new Float32Array(length).fill(NaN)), length, 3, 0);
    fill(memory.p, memory.noise('w', length + 1), length, 2.5);
    fill(memory.p, memory.noise('u', length + 1), length, 0);
    expect(await agree(memory)).toBeLessThan(2e-7);
  });

  it('more workgroups than one axis of a dispatch has', async () => {
    const length = 65_536 * 64 + 65;
    const memory = new TestMemory();
    fill(memory.p, memory.floats('x', new Float32Array(length + 1)), length, 2.5);
    expect(await agree(memory)).toBe(0);
  });
});
