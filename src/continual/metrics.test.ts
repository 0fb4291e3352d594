import { describe, expect, test } from 'vitest';
import type { MatrixRow } from '../run/result';
import avalanche from './avalanche.fixture.json';
import fixture from './measures.fixture.json';
import {
  averageAccuracy,
  backwardTransfer,
  forgetting,
  forwardTransfer,
  metricsOf,
  retention,
  type AccuracyMatrix,
} from './metrics';

/** Lower triangles as papers print them; what lies above, and row 0, are filled with scores that must not count. */
function fromTriangle(...rows: number[][]): AccuracyMatrix {
  const stages = rows.length;
  const filled = rows.map((row) => [...row, ...Array<number>(stages - row.length).fill(3)]);
  return [Array<number>(stages).fill(7), ...filled];
}

/** Scores that the authors' logs give for T5-large, order 1: dbpedia, amazon, yahoo, agnews. */
const published = {
  sequential: fromTriangle([97.01], [89.11, 55.25], [74.76, 53.45, 72.28], [79.53, 52.67, 48.84, 90.03]),
  incrementalLora: fromTriangle([98.71], [82.47, 57.01], [80.78, 44.95, 72.38], [79.5, 40.82, 64.14, 90.01]),
  orthogonalLora: fromTriangle([98.71], [98.55, 57.76], [97.41, 57.41, 71.91], [97.74, 56.07, 71.04, 88.62]),
};

describe('on the matrices of Wang et al. 2023 (O-LoRA)', () => {
  test.each([
    ['sequential', 67.77, -14.5],
    ['incrementalLora', 68.62, -14.55],
    ['orthogonalLora', 78.37, -1.18],
  ] as const)('%s: average accuracy %f and backward transfer %f', (name, accuracy, transfer) => {
    expect(averageAccuracy(published[name])).toBeCloseTo(accuracy, 2);
    expect(backwardTransfer(published[name])).toBeCloseTo(transfer, 2);
  });

  test('forgetting takes the best row since the task was learnt', () => {
    // (97.01−79.53 + 55.25−52.67 + 72.28−48.84) / 3
    expect(forgetting(published.sequential)).toBeCloseTo(14.5, 6);
    // The first column dips to 97.41 and recovers to 97.74: its best is still 98.71.
    expect(forgetting(published.orthogonalLora)).toBeCloseTo((0.97 + 1.69 + 0.87) / 3, 6);
  });
});

describe('agrees with array arithmetic on the definitions', () => {
  const close = (found: number | null, wanted: number | null) =>
    wanted === null ? expect(found).toBeNull() : expect(found).toBeCloseTo(wanted, 9);

  test.each(fixture.matrices.map((m, i) => [i, m] as const))('matrix %i', (_i, wanted) => {
    const { r } = wanted;
    close(averageAccuracy(r), wanted.averageAccuracy);
    close(backwardTransfer(r), wanted.backwardTransfer);
    close(forwardTransfer(r), wanted.forwardTransfer);
    close(forgetting(r), wanted.forgetting);
    close(retention(r), wanted.retention);
    wanted.curve.forEach((average, i) => close(averageAccuracy(r.slice(0, i + 2)), average));
  });
});

test("agrees with Avalanche's BWT and ForwardTransfer", () => {
  const known = avalanche.matrices.flatMap((wanted, i) =>
    wanted ? [{ wanted, r: fixture.matrices[i]!.r }] : [],
  );
  expect(known.length).toBeGreaterThan(3);
  for (const { wanted, r } of known) {
    expect(backwardTransfer(r)).toBeCloseTo(wanted.backwardTransfer, 9);
    expect(forwardTransfer(r)).toBeCloseTo(wanted.forwardTransfer, 9);
  }
});

describe('hand-computed cases', () => {
  test('the maximum of F is over rows before the last, so F may be negative', () => {
    const r = fromTriangle([50], [80, 40]);
    expect(forgetting(r)).toBe(-30);
    expect(backwardTransfer(r)).toBe(30);
  });

  test('F sees a peak after the task was learnt, BWT does not', () => {
    const r = fromTriangle([50], [90, 40], [60, 30, 70]);
    expect(forgetting(r)).toBe((30 + 10) / 2);
    expect(backwardTransfer(r)).toBe((10 - 10) / 2);
  });

  test('nothing learnt leaves nothing to retain', () => {
    expect(retention(fromTriangle([0], [5, 50]))).toBeNull();
  });

  test('one stage has an average and neither transfer nor forgetting', () => {
    const r = fromTriangle([64]);
    expect(averageAccuracy(r)).toBe(64);
    expect(backwardTransfer(r)).toBeNull();
    expect(forgetting(r)).toBeNull();
  });

  test('nothing is defined on row 0 alone or on no row', () => {
    expect(averageAccuracy([[10, 20]])).toBeNull();
    expect(averageAccuracy([])).toBeNull();
    expect(forgetting([[10, 20]])).toBeNull();
  });

  test('a run in progress is measured over the stages finished so far', () => {
    const r = [
      [0, 0, 0],
      [90, 5, 5],
      [70, 80, 5],
    ];
    expect(averageAccuracy(r)).toBe(75);
    expect(backwardTransfer(r)).toBe(-20);
  });

  test('a missing entry is an error that names it', () => {
    expect(() => averageAccuracy([[1, 1], [2, 2], [3]])).toThrow('R[2][2]');
  });
});

describe('metricsOf', () => {
  const row = (stage: number, scores: Record<string, number>): MatrixRow => ({
    stage,
    step: stage * 10,
    scores: Object.entries(scores).map(([task, value]) => ({
      task,
      metric: task.startsWith('nats') ? 'loss' : 'exact-match',
      score: { value, low: value, high: value, n: 10 },
      loss: 1,
    })),
  });

  test('orders columns by the plan, whatever the order of the scores', () => {
    const rows = [
      row(0, { b: 1, a: 2, w: 60 }),
      row(1, { w: 55, b: 3, a: 90 }),
      row(2, { a: 40, b: 80, w: 50 }),
    ];
    expect(metricsOf(rows, ['a', 'b'], ['w'])).toEqual({
      averageAccuracy: 60,
      backwardTransfer: -50,
      forgetting: 50,
      watched: [{ task: 'w', change: -10 }],
      // 3 after stage 1, and 1 before any training; 40 of 90 are left.
      forwardTransfer: 2,
      retention: (100 * 40) / 90,
      curve: [
        { stage: 1, averageAccuracy: 90 },
        { stage: 2, averageAccuracy: 60 },
      ],
    });
  });

  test('joint training has an average of all tasks and no transfer', () => {
    const rows = [row(0, { a: 10, b: 20, w: 30 }), row(1, { a: 90, b: 70, w: 25 })];
    expect(metricsOf(rows.slice(0, 1), ['a', 'b'], ['w'], true).averageAccuracy).toBeNull();
    expect(metricsOf(rows, ['a', 'b'], ['w'], true)).toEqual({
      averageAccuracy: 80,
      backwardTransfer: null,
      forgetting: null,
      watched: [{ task: 'w', change: -5 }],
      forwardTransfer: null,
      retention: null,
      curve: [{ stage: 1, averageAccuracy: 80 }],
    });
  });

  test('before any row there is nothing', () => {
    expect(metricsOf([], ['a'], ['w'])).toEqual({
      averageAccuracy: null,
      backwardTransfer: null,
      forgetting: null,
      watched: [],
    });
  });

  test('a task scored by its loss stays out of the averages, as first, middle or last stage', () => {
    const rows = [
      row(0, { a: 0, nats: 5, b: 0 }),
      row(1, { a: 90, nats: 4, b: 0 }),
      row(2, { a: 70, nats: 2, b: 0 }),
      row(3, { a: 60, nats: 3, b: 80 }),
    ];
    const middle = metricsOf(rows, ['a', 'nats', 'b'], []);
    expect(middle.averageAccuracy).toBe(70);
    expect(middle.backwardTransfer).toBe(-30);
    expect(middle.forgetting).toBe(30);
    const last = metricsOf(rows.slice(0, 3), ['a', 'nats', 'b'], []);
    expect(last.averageAccuracy).toBe(70);
    expect(last.backwardTransfer).toBe(-20);
  });

  test('a watched task scored by its loss reports its change in nats', () => {
    const rows = [row(0, { a: 0, nats: 2 }), row(1, { a: 90, nats: 3.5 })];
    expect(metricsOf(rows, ['a'], ['nats']).watched).toEqual([{ task: 'nats', change: 1.5 }]);
  });
});
