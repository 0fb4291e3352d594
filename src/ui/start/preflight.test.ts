import { describe, expect, it } from 'vitest';
import type { DeviceProbe } from '../../worker/protocol';
import { preflight, type Machine } from './preflight';

const probe: DeviceProbe = {
  webgpu: { available: false, software: false, description: '' },
  wasm: { available: true, simd: true, threads: 2 },
  choice: 'wasm',
  why: '',
};
const machine: Machine = {
  probe,
  memory: 8,
  cached: false,
  modelBytes: 4_927_704,
  usage: { used: 1e9, quota: 10e9 },
  offline: true,
  canBeOffline: true,
};
const said = (change: Partial<Machine> = {}) =>
  Object.fromEntries(
    preflight({ ...machine, ...change }).map(({ id, value, state }) => [id, [value, state]]),
  );

describe('the preflight strip', () => {
  it('says what there is', () => {
    expect(said()).toEqual({
      device: ['WASM, 2 threads', 'good'],
      memory: ['8 GB or more', 'good'],
      model: ['4.9 MB to load', 'good'],
      storage: ['9.0 GB free', 'good'],
      offline: ['ready', 'good'],
    });
    const gpu = { ...probe, choice: 'webgpu' as const };
    expect(said({ probe: gpu, cached: true, memory: undefined })).toMatchObject({
      device: ['WebGPU', 'good'],
      memory: ['not told', 'good'],
      model: ['on this machine', 'good'],
    });
  });

  it('says what is missing, and what is not known yet', () => {
    const alone = { ...probe, wasm: { ...probe.wasm, threads: 1 } };
    expect(
      said({ probe: alone, memory: 1, usage: { used: 9.95e9, quota: 10e9 }, offline: false }),
    ).toMatchObject({
      device: ['WASM, one thread', 'less'],
      memory: ['1 GB', 'less'],
      storage: ['50.0 MB free', 'less'],
      offline: ['getting ready…', 'wait'],
    });
    expect(said({ probe: null, usage: null, offline: false, canBeOffline: false })).toMatchObject({
      device: ['looking…', 'wait'],
      storage: ['looking…', 'wait'],
      offline: ['not here', 'less'],
    });
    const bare = { ...probe, wasm: { ...probe.wasm, simd: false } };
    expect(said({ probe: bare })['device']).toEqual(['nothing fit', 'less']);
  });
});
