import { afterEach, describe, expect, it } from 'vitest';
import { axpy, fill } from '../ops/vector/vector';
import {
  ProgramBuilder,
  whole,
  type OpSpec,
  type Program,
  type ProgramBuffer,
  type View,
} from '../program/program';
import { WasmExecutor, type WasmOptions } from './executor';
import { spawnNode } from './testing/nodeThreads';

const arena = (name: string, length: number): ProgramBuffer => ({
  name,
  kind: 'arena',
  dtype: 'f32',
  length,
});

/** out = 2·(in + in) by way of scratch that is `length` long. */
function doubling(length: number): { program: Program; input: View; output: View } {
  const p = new ProgramBuilder(`double ${length}`);
  const [input, output, between] = [
    p.input('in', length),
    p.output('out', length),
    p.scratch('between', length),
  ];
  fill(p, between, length, 0);
  axpy(p, input, between, length, 2, 1);
  axpy(p, between, output, length, 2, 0);
  return { program: p.build(), input, output };
}

describe('WasmExecutor', () => {
  const started: WasmExecutor[] = [];
  const start = async (options: WasmOptions): Promise<WasmExecutor> => {
    const executor = await WasmExecutor.create({ spawn: spawnNode, ...options });
    started.push(executor);
    return executor;
  };
  afterEach(() => {
    for (const executor of started.splice(0)) executor.dispose();
  });

  it('runs several programs in turn over one scratch that moves as it grows', async () => {
    const executor = await start({ threads: 2 });
    const programs = [100, 5000, 300_000].map((length) => ({ length, ...doubling(length) }));
    const loaded = [];
    for (const { program } of programs) loaded.push(await executor.load(program));
    for (let round = 1; round <= 2; round++)
      for (const [i, { length, input, output }] of programs.entries()) {
        executor.write(input, new Float32Array(length).fill(round), loaded[i]);
        executor.run(loaded[i]!);
        expect(new Set(await executor.read(output, loaded[i]))).toEqual(new Set([4 * round]));
      }
    for (const one of loaded) executor.unload(one);
    expect(executor.memory()).toEqual({ bytes: 0, buffers: 0 });
  });

  it('keeps the bytes it holds flat over many runs', async () => {
    const executor = await start({ threads: 2 });
    const { program, input } = doubling(1000);
    const loaded = await executor.load(program);
    const before = executor.memory();
    const { byteLength } = executor.heap.memory.buffer;
    for (let i = 0; i < 1000; i++) {
      executor.write(input, new Float32Array(1000).fill(i), loaded);
      executor.run(loaded);
    }
    expect(executor.memory()).toEqual(before);
    expect(executor.heap.memory.buffer.byteLength).toBe(byteLength);
  });

  it('finds its helpers again after a rest', async () => {
    const executor = await start({ threads: 3 });
    const { program, input, output } = doubling(50_000);
    const loaded = await executor.load(program);
    for (const value of [1, 2, 3]) {
      await new Promise((resolve) => setTimeout(resolve, 150 * value));
      executor.write(input, new Float32Array(50_000).fill(value), loaded);
      executor.run(loaded);
      expect(new Set(await executor.read(output, loaded))).toEqual(new Set([4 * value]));
    }
  });

  it('holds weights of several programs; clears, writes and reads parts of them', async () => {
    const executor = await start({ threads: 1 });
    const weights = arena('weights', 256);
    executor.allocate(weights);
    const part: View = { buffer: weights, offset: 64, length: 3 };
    executor.write(part, Uint32Array.from([1, 2, 3]));
    expect(await executor.readUint32(part)).toEqual(Uint32Array.from([1, 2, 3]));
    executor.write(part, Float32Array.from([1.5, -2, 3]));
    expect(await executor.read(part)).toEqual(Float32Array.from([1.5, -2, 3]));
    executor.clear({ ...part, length: 2 });
    expect((await executor.read(whole(weights))).slice(62, 68)).toEqual(
      Float32Array.from([0, 0, 0, 0, 3, 0]),
    );
    executor.free(weights);
    expect(() => executor.write(part, new Float32Array(1))).toThrow(/weights is not on the device/);
  });

  it('says what is wrong', async () => {
    const executor = await start({ threads: 1, pages: 64 });
    const big = arena('moments', 2 ** 22);
    expect(() => executor.allocate(big)).toThrow(/moments needs 16\.0 MiB/);
    const { program, input } = doubling(2 ** 20);
    await expect(executor.load(program)).rejects.toThrow(/double 1048576.*MiB/);
    expect(executor.memory()).toEqual({ bytes: 0, buffers: 0 });
    expect(() => executor.write(input, new Float32Array(1))).toThrow(/in is not on the device/);
    const loaded = await executor.load(doubling(64).program);
    executor.unload(loaded);
    expect(() => executor.run(loaded)).toThrow(/not loaded/);
    await expect(WasmExecutor.create({ threads: 0 })).rejects.toThrow(/threads is 0/);
    await expect(WasmExecutor.create({ threads: 2, variant: 'simd' })).rejects.toThrow(/one thread/);
  });

  it('names an operation that it has no kernel for', async () => {
    const executor = await start({ threads: 1 });
    const p = new ProgramBuilder('strange');
    const op: OpSpec = { name: 'juggle', opcode: 999, bindings: [], ints: [], floats: [] };
    p.emit(op, []);
    const loaded = await executor.load(p.build());
    expect(() => executor.run(loaded)).toThrow(/no kernel for juggle/);
  });
});
