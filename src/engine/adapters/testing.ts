/** Small models with adapters, for tests. */
import type { Executor } from '../program/executor';
import { draw, streamKey } from '../random';
import { parseT5Config } from '../t5/config';
import { T5Model } from '../t5/model';
import { microConfig, microTensors, stream } from '../testing';
import { collate } from '../text/batches';
import type { NamedTensor } from '../types';
import type { Adapter, AdapterSettings } from './adapter';

export const batch = collate(
  [
    { source: [5, 6, 7, 1], target: [8, 9, 1] },
    { source: [10, 1], target: [11, 1] },
  ],
  { source: 4, target: 3 },
);

export async function load(executor: Executor, overrides: Record<string, unknown> = {}): Promise<T5Model> {
  const config = parseT5Config({ ...microConfig, ...overrides });
  return T5Model.load(config, stream(microTensors(config)), executor);
}

export const settings = (other: Partial<AdapterSettings> = {}): AdapterSettings => ({
  rank: 3,
  alpha: 5,
  dropout: 0,
  targets: ['q', 'v'],
  ...other,
});

/** An adapter whose B is not zero. */
export async function trained(model: T5Model, s: AdapterSettings, seed = 4): Promise<Adapter> {
  const adapter = await model.adapters.create(`of seed ${seed}`, s, seed);
  for (const name of adapter.parameters.names) {
    const key = streamKey(seed, name.length, name.charCodeAt(22));
    const data = (await adapter.parameters.read(name)).map((x, i) =>
      name.includes('lora_B') ? 0.4 * (draw(key, i) / 2 ** 31 - 1) : x,
    );
    await adapter.parameters.assign(name, data);
  }
  return adapter;
}

export async function collected(tensors: AsyncIterable<NamedTensor>): Promise<Map<string, Float32Array>> {
  const all = new Map<string, Float32Array>();
  for await (const { name, data } of tensors) all.set(name, data.slice());
  return all;
}
