import { describe, expect, it } from 'vitest';
import { stepFlops } from '../../bench/harness/flops';
import { freshWeights, geometries, sweptSizes } from '../../bench/harness/geometry';
import { logLogSlope, makeRow, median } from '../../bench/harness/rows.mjs';
import { figure, table } from '../../bench/harness/table.mjs';

const head = {
  bench: 'train-step/pocket',
  backend: 'wasm',
  browser: 'chromium',
  threads: 2,
  peerName: 'torch-cpu',
  unit: 'ms',
};

describe('rows of the benchmarks', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 4, 1, 9])).toBe(6.5);
    expect(() => median([])).toThrow(RangeError);
  });

  it("divides the peer's median by ours, whatever the outliers", () => {
    expect(makeRow(head, [10, 1000, 8], [50, 40, 4])).toEqual({
      ...head,
      ours: 10,
      peer: 40,
      ratio: 4,
      spread: { ours: [8, 1000], peer: [4, 50] },
    });
  });

  it('has no ratio where there is no peer', () => {
    expect(makeRow(head, [10], null)).toMatchObject({
      peer: null,
      ratio: null,
      spread: { ours: [10, 10], peer: null },
    });
  });

  it('finds the exponent of a power law', () => {
    expect(logLogSlope([1, 2, 4, 8].map((x) => [x, 3 * x ** 1.5] as const))).toBeCloseTo(1.5);
    // A cost that hardly grows, with noise around it.
    expect(
      logLogSlope([
        [1, 10],
        [10, 11],
        [100, 10],
      ]),
    ).toBeCloseTo(0);
  });
});

describe('table of the benchmarks', () => {
  it.each([
    [0.012345, '0.0123'],
    [12.345, '12.3'],
    [1234.5, '1235'],
    [0, '0'],
  ])('writes %d as %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('puts each figure under its name', () => {
    const rows = [
      makeRow(head, [10, 12, 11], [33, 33, 33]),
      makeRow({ ...head, backend: 'webgpu', peerName: 'none' }, [5], null),
    ];
    const [names = '', first = '', second = '', ...rest] = table(rows).split('\n');
    expect(rest).toEqual([]);
    const under = (name: string, line: string) => line.slice(0, names.indexOf(name) + name.length).trimEnd();
    expect(under('ours', first)).toMatch(/wasm, 2 threads +11\.0$/);
    expect(first).toMatch(/11\.0 {2}10\.0\.\.12\.0 {2}33\.0 +3\.00x {2}ms {4}torch-cpu$/);
    expect(second).toMatch(/webgpu, chromium +5\.00 +ms {4}none$/);
  });
});

describe('the arithmetic of a step', () => {
  it('counts every product of pocket, forward and twice backward', () => {
    const { config, shape } = geometries.pocket;
    // Multiplications of the forward pass, product by product.
    const encoder = 4 * (384 * (4 * 128 * 128 + 3 * 128 * 384) + 2 * 8 * 4 * 48 * 48 * 32);
    const decoder = 2 * (128 * (6 * 128 * 128 + 3 * 128 * 384) + 384 * 2 * 128 * 128);
    const attended = 2 * (2 * 8 * 4 * 16 * (16 + 48) * 32);
    const head = 128 * 128 * 8192;
    expect(stepFlops(config, shape)).toBe(6 * (encoder + decoder + attended + head));
  });

  it.each(Object.entries(sweptSizes))('measures the shape that it names, %s', (name, config) => {
    const { vocabSize, dModel, numHeads, dFf, numLayers, numDecoderLayers } = config;
    expect([vocabSize, dModel, numHeads, dFf, numLayers, numDecoderLayers].join('x')).toBe(name);
    expect(numHeads * config.dKv).toBe(dModel);
  });

  it('has as many parameters as it says', () => {
    const count = [...freshWeights(geometries.pocket.config)].reduce((sum, { data }) => sum + data.length, 0);
    expect(count).toBe(2_459_904);
  });
});
