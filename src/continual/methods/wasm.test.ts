/** Every method on the WebAssembly kernels: the run that the reference gives, but for rounding. */
import { expect, test } from 'vitest';
import { WasmExecutor } from '../../engine/wasm/executor';
import { spawnNode } from '../../engine/wasm/testing/nodeThreads';
import { methodNames } from '../../run/methodGuide';
import type { MethodInput } from '../../run/methods';
import { runTiny, tinyConfig } from './tinyPlan';

const settings: Record<string, object> = {
  ewc: { lambda: 100, samples: 3, fisher: 'empirical' },
  'l2-sp': { alpha: 0.1 },
  'der++': { capacity: 5 },
  'a-gem': { sample: 3 },
};

test.each(methodNames)('%s', async (name) => {
  const method = { name, ...settings[name] } as MethodInput;
  // Adam divides near-zero gradients by themselves, which makes a step of any rounding; a large ε does not.
  const optimizer = { name: 'adamw', learningRate: 0.05, epsilon: 0.05 } as const;
  const wanted = await runTiny(tinyConfig({ method, optimizer }));
  const executor = await WasmExecutor.create({ variant: 'simd', threads: 1, spawn: spawnNode });
  const found = await runTiny(tinyConfig({ method, optimizer }), { executor });
  executor.dispose();
  expect(found.record.status).toBe('finished');
  expect(found.record.cost).toEqual(wanted.record.cost);
  found.record.losses.forEach((loss, step) =>
    expect(Math.abs(loss - wanted.record.losses[step]!), `step ${step + 1}`).toBeLessThan(1e-3),
  );
});
