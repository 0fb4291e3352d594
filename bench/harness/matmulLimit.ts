/** The best that matmul does here, ours or TensorFlow.js's: what a step cannot be faster than. */
import * as tf from '@tensorflow/tfjs';
import { matmul, rowMajor, transposed } from '../../src/engine/ops/matmul/matmul';
import type { Executor } from '../../src/engine/program/executor';
import { ProgramBuilder } from '../../src/engine/program/program';
import { openBackend } from '../peers/naive/backend';
import type { Place } from './context';

export interface Product {
  name: string;
  flops: number;
  run: () => void;
  dispose: () => void;
}

export interface Products {
  all: Product[];
  finish: () => Promise<void>;
}

/** Our matmul, each operand plain or transposed. */
export async function ourProducts(
  executor: Executor,
  shapes: readonly (readonly [number, number, number])[],
): Promise<Products> {
  const all: Product[] = [];
  for (const [M, N, K] of shapes)
    for (const layout of ['NN', 'NT', 'TN']) {
      const p = new ProgramBuilder(`ours ${layout} ${M}x${N}x${K}`);
      const a = p.input('a', M * K);
      const b = p.input('b', N * K);
      matmul(
        p,
        p.input('scalars', 64),
        layout === 'TN' ? transposed(rowMajor(a, M)) : rowMajor(a, K),
        layout === 'NT' ? transposed(rowMajor(b, K)) : rowMajor(b, N),
        rowMajor(p.output('c', M * N), N),
        { M, N, K },
      );
      const loaded = await executor.load(p.build());
      executor.write(a, new Float32Array(M * K).fill(0.5), loaded);
      executor.write(b, new Float32Array(N * K).fill(0.5), loaded);
      all.push({
        name: p.name,
        flops: 2 * M * N * K,
        run: () => executor.run(loaded),
        dispose: () => executor.unload(loaded),
      });
    }
  return { all, finish: () => executor.finish() };
}

/** The stock matmul of plain operands, which is its fastest. */
export async function stockProducts(
  place: Place,
  shapes: readonly (readonly [number, number, number])[],
): Promise<Products> {
  await openBackend(place.backend, place.threads);
  // Reading from a product waits for it; TensorFlow.js computes a small tensor of the host's on the host, at once.
  let last: tf.Tensor2D | undefined;
  const all = shapes.map(([M, N, K]) => {
    const [a, b] = [tf.fill<tf.Rank.R2>([M, K], 0.5), tf.fill<tf.Rank.R2>([K, N], 0.5)];
    const run = (): void => {
      last?.dispose();
      last = tf.matMul(a, b);
    };
    const dispose = (): void => tf.dispose([a, b]);
    return { name: `stock NN ${M}x${N}x${K}`, flops: 2 * M * N * K, run, dispose };
  });
  const finish = async (): Promise<void> => {
    const corner = last?.slice([0, 0], [1, 1]);
    await corner?.data();
    corner?.dispose();
    last?.dispose();
    last = undefined;
  };
  return { all, finish };
}

/** GFLOP/s of each product, over at least `least` ms each. */
export async function speeds({ all, finish }: Products, least: number): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { name, flops, run } of all) {
    let runs = 1;
    for (;;) {
      const start = performance.now();
      for (let i = 0; i < runs; i++) run();
      await finish();
      const took = performance.now() - start;
      found.set(name, (flops * runs) / took / 1e6);
      if (took >= least || runs >= 4096) break;
      runs = Math.min(4096, Math.ceil(runs * Math.max(2, Math.min(20, (1.2 * least) / Math.max(took, 0.1)))));
    }
  }
  return found;
}
