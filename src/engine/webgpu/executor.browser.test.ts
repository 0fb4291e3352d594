import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axpy, clipFactor, fill } from '../ops/vector/vector';
import { ProgramBuilder, whole, type ProgramBuffer, type View } from '../program/program';
import { WebGpuExecutor } from './executor';
import { openGpu } from './testSupport';

const arena = (name: string, length: number): View => whole({ name, kind: 'arena', dtype: 'f32', length });
const part = ({ buffer }: View, offset: number, length: number): View => ({ buffer, offset, length });

let device: GPUDevice;
let executor: WebGpuExecutor;
beforeAll(async () => {
  device = await openGpu();
});
afterEach(() => {
  executor.dispose();
});
const open = (): WebGpuExecutor => (executor = new WebGpuExecutor(device));

describe('WebGpuExecutor', () => {
  it('knows a software adapter from a GPU', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    expect(open().traits.software).toBe(adapter!.info.isFallbackAdapter);
  });

  it('zeroes new arenas, writes and reads parts of them, and clears', async () => {
    const x = arena('x', 200);
    open().allocate(x.buffer);
    expect(await executor.read(x)).toEqual(new Float32Array(200));
    executor.write(part(x, 64, 3), Float32Array.of(1, 2, 3));
    expect(await executor.read(part(x, 64, 4))).toEqual(Float32Array.of(1, 2, 3, 0));
    executor.write(part(x, 128, 2), Uint32Array.of(7, 4294967295));
    expect(await executor.readUint32(part(x, 128, 2))).toEqual(Uint32Array.of(7, 4294967295));
    executor.clear(x);
    expect(await executor.read(x)).toEqual(new Float32Array(200));
  });

  it('runs the same program again and again, in the order of the calls', async () => {
    const x = arena('x', 64);
    const p = new ProgramBuilder('double');
    const step = p.input('step', 64);
    const twice = p.scratch('twice', 64);
    const out = p.output('out', 64);
    axpy(p, x, twice, 64, 2, 0);
    axpy(p, twice, x, 64, 1, 0);
    axpy(p, step, x, 64, 1, 1);
    axpy(p, x, out, 64, 1, 0);
    open().allocate(x.buffer);
    const compiled: [number, number][] = [];
    const loaded = await executor.load(p.build(), (done, of) => compiled.push([done, of]));
    expect(loaded.dispatches).toBe(4);
    expect(compiled.map(([done]) => done)).toEqual(compiled.map((_, i) => i + 1));
    expect(compiled.every(([, of]) => of === compiled.length)).toBe(true);
    for (const add of [1, 10]) {
      executor.write(step, new Float32Array(64).fill(add), loaded);
      executor.run(loaded);
    }
    // ((0·2) + 1)·2 + 10
    expect((await executor.read(out, loaded))[63]).toBe(12);
    executor.run(loaded);
    await executor.finish();
    expect((await executor.read(x))[0]).toBe(34);
  });

  it('zeroes in the middle of a program', async () => {
    const x = arena('x', 64);
    const y = arena('y', 64);
    const p = new ProgramBuilder('middle');
    fill(p, x, 64, 3);
    axpy(p, x, y, 64, 1, 1);
    fill(p, x, 10, 0);
    axpy(p, x, y, 64, 1, 1);
    open().allocate(x.buffer);
    executor.allocate(y.buffer);
    executor.run(await executor.load(p.build()));
    const result = await executor.read(y);
    expect([result[0], result[9], result[10], result[63]]).toEqual([3, 3, 6, 6]);
  });

  it('shares scratch between programs, accounts for all memory and gives it back', async () => {
    const none = open().memory();
    const x = arena('x', 1000);
    executor.allocate(x.buffer);
    expect(executor.memory()).toEqual({ bytes: none.bytes + 4096, buffers: none.buffers + 1 });
    const make = (length: number) => {
      const p = new ProgramBuilder(`clip ${length}`);
      const middle = p.scratch('middle', length);
      axpy(p, part(x, 0, length), middle, length, 1, 0);
      clipFactor(p, [middle], p.input('scalars', 64), p.output('out', 64));
      return p.build();
    };
    const first = await executor.load(make(1000));
    const one = executor.memory();
    const second = await executor.load(make(900));
    const both = executor.memory();
    // Its own are uniforms, scalars and output; middle and partials are shared.
    expect(both.buffers - one.buffers).toBe(3);
    expect(first.bytes).toBeGreaterThan(4000);
    executor.unload(first);
    executor.run(second);
    await executor.finish();
    executor.unload(second);
    expect(executor.memory()).toEqual({ bytes: none.bytes + 4096, buffers: none.buffers + 1 });
    executor.free(x.buffer);
    expect(executor.memory()).toEqual(none);
  });

  it('runs programs of which each leaves something in the shared scratch', async () => {
    const x = arena('x', 64);
    open().allocate(x.buffer);
    const make = (factor: number) => {
      const p = new ProgramBuilder(`times ${factor}`);
      const y = p.scratch('y', 64);
      const out = p.output('out', 64);
      axpy(p, x, y, 64, factor, 0);
      axpy(p, y, out, 64, 1, 0);
      return { program: p.build(), out };
    };
    executor.write(x, new Float32Array(64).fill(1));
    const [a, b] = [make(3), make(5)];
    const [la, lb] = [await executor.load(a.program), await executor.load(b.program)];
    executor.run(la);
    executor.run(lb);
    executor.run(la);
    expect((await executor.read(a.out, la))[5]).toBe(3);
    expect((await executor.read(b.out, lb))[5]).toBe(5);
  });

  it('reads many at once', async () => {
    const x = arena('x', 640);
    open().allocate(x.buffer);
    executor.write(
      x,
      Float32Array.from({ length: 640 }, (_, i) => i),
    );
    const reads = await Promise.all(Array.from({ length: 10 }, (_, i) => executor.read(part(x, 64 * i, 64))));
    expect(reads.map((data) => data[0])).toEqual([0, 64, 128, 192, 256, 320, 384, 448, 512, 576]);
  });

  it('says what it refuses, with the numbers', () => {
    const limit = device.limits.maxBufferSize;
    const large: ProgramBuffer = { name: 'large', kind: 'arena', dtype: 'f32', length: limit / 4 + 64 };
    expect(() => {
      open().allocate(large);
    }).toThrow(`large takes ${limit + 256} bytes; this device allows a buffer ${limit}`);
    const x = arena('x', 64);
    expect(() => {
      executor.write(x, new Float32Array(64));
    }).toThrow('x (arena) is not allocated on this device');
    executor.allocate(x.buffer);
    expect(() => {
      executor.write(x, new Float32Array(63));
    }).toThrow('x: 63 elements for a view of 64');
  });

  it('throws what the GPU reports late at the next call', async () => {
    open();
    // A buffer cannot be copied beyond its end: the device says so when the commands are finished.
    const reported = new Promise((resolve) => {
      device.addEventListener('uncapturederror', resolve, { once: true });
    });
    const small = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(small, 0, 64);
    device.queue.submit([encoder.finish()]);
    await reported;
    await expect(executor.finish()).rejects.toThrow('WebGPU: ');
    await executor.finish();
  });

  it('says that the device is lost', async () => {
    const other = await openGpu();
    executor = new WebGpuExecutor(other);
    const x = arena('x', 64);
    executor.allocate(x.buffer);
    other.destroy();
    expect((await executor.lost).message).toContain('The WebGPU device was lost');
    await expect(executor.read(x)).rejects.toThrow('The WebGPU device was lost');
    expect(() => {
      executor.clear(x);
    }).toThrow('The WebGPU device was lost');
  });
});
