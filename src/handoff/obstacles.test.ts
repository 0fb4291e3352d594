import { expect, it } from 'vitest';
import { fixtureConfig } from '../ui/testing/fixture';
import { handoffObstacle } from './obstacles';

it('names what the PyTorch program has not, and nothing else', () => {
  expect(handoffObstacle(fixtureConfig())).toBeNull();
  expect(handoffObstacle(fixtureConfig({ method: { name: 'replay' }, lora: {} }))).toBeNull();
  expect(handoffObstacle(fixtureConfig({ method: { name: 'lwf' } }))).toMatch(/no lwf; it has sequential/);
  expect(handoffObstacle(fixtureConfig({ lora: { adapters: 'per-task' } }))).toMatch(/one LoRA adapter/);
  const { plan, ...rest } = fixtureConfig();
  expect(handoffObstacle({ ...rest, plan: { ...plan, later: true } as typeof plan })).toMatch(/plan\.later/);
});
