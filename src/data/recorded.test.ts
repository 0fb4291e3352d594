/** The run that the first screen shows is of the plan that its button runs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseRunConfig } from '../run/config';
import { parseRunResult } from '../run/resultSchema';

const read = (file: string): unknown =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, '../../public', file), 'utf8'));

it('is a finished run of the demo plan, on WASM, with its times', () => {
  const plan = parseRunConfig(read('plans/demo.json'));
  const recorded = parseRunResult(read('recorded/demo.json'));
  if (!plan.ok || !recorded.ok) throw new Error('the plan or the run is none');
  const { config, status, timings, device, matrix } = recorded.result;
  // Which backend the lab was told makes no difference to the plan.
  expect({ ...config, backend: 'auto' }).toEqual(plan.config);
  expect([status, device?.backend, matrix.length]).toEqual(['finished', 'wasm', 2]);
  expect(timings.find(({ stage }) => stage === 1)?.stepSeconds).toBeGreaterThan(0);
});
