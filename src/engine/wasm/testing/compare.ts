/** Runs a few instructions on the reference and on every build of the kernels, and compares all they touched. */
import { afterAll, beforeAll, expect } from 'vitest';
import { toHalves } from '../../halves';
import type { Executor } from '../../program/executor';
import { ProgramBuilder, viewAlignment, type ProgramBuffer, type View } from '../../program/program';
import { ReferenceExecutor } from '../../program/referenceExecutor';
import { WasmExecutor } from '../executor';
import { enableRelaxedSimd, spawnNode } from './nodeThreads';

type Data = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Seeded numbers, mulberry32. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Buffers of one case: each view lies a guard of 64 elements into its buffer, with as much behind it. */
export class Bench {
  readonly contents = new Map<ProgramBuffer, Data>();
  readonly #next: () => number;
  constructor(
    readonly p: ProgramBuilder,
    seed = 1,
  ) {
    this.#next = random(seed);
  }

  /** Uniform in −scale..scale. */
  floats(length: number, scale = 1): Float32Array<ArrayBuffer> {
    return Float32Array.from({ length }, () => (2 * this.#next() - 1) * scale);
  }

  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  view(name: string, data: Data): View {
    const length = Math.ceil(data.length / viewAlignment + 2) * viewAlignment;
    const dtype = data instanceof Uint32Array ? 'u32' : 'f32';
    const buffer: ProgramBuffer = { name, kind: 'arena', dtype, length };
    const all = dtype === 'u32' ? new Uint32Array(length).fill(7) : this.floats(length);
    all.set(data, viewAlignment);
    this.contents.set(buffer, all);
    return { buffer, offset: viewAlignment, length: data.length };
  }

  random(name: string, length: number, scale = 1): View {
    return this.view(name, this.floats(length, scale));
  }

  /** Numbers as f16, two to an element. */
  halves(name: string, count: number): View {
    const halves = toHalves(this.floats(count + (count % 2)));
    const { buffer, ...range } = this.view(name, new Uint32Array(halves.buffer));
    const half: ProgramBuffer = { ...buffer, dtype: 'f16' };
    this.contents.set(half, this.contents.get(buffer)!);
    this.contents.delete(buffer);
    return { ...range, buffer: half };
  }

  /** What is written whole: its old contents are nonsense. */
  output(name: string, length: number): View {
    return this.view(name, new Float32Array(length).fill(NaN));
  }

  scalars(values: { seed?: number; floats?: Record<number, number> } = {}): View {
    const data = new Uint32Array(viewAlignment);
    const floats = new Float32Array(data.buffer);
    for (const [slot, value] of Object.entries(values.floats ?? {})) floats[Number(slot)] = value;
    data[0] = values.seed ?? 12345;
    return this.view('scalars', data);
  }
}

async function results(
  executor: Executor,
  bench: Bench,
): Promise<Map<ProgramBuffer, Float32Array<ArrayBuffer>>> {
  const program = bench.p.build();
  const whole = (buffer: ProgramBuffer): View => ({ buffer, offset: 0, length: buffer.length });
  for (const [buffer, data] of bench.contents) {
    executor.allocate(buffer);
    executor.write(whole(buffer), data);
  }
  const loaded = await executor.load(program);
  executor.run(loaded);
  const out = new Map<ProgramBuffer, Float32Array<ArrayBuffer>>();
  for (const buffer of bench.contents.keys()) out.set(buffer, await executor.read(whole(buffer)));
  executor.unload(loaded);
  for (const buffer of bench.contents.keys()) executor.free(buffer);
  return out;
}

function compare(
  name: string,
  buffer: ProgramBuffer,
  got: Float32Array<ArrayBuffer>,
  want: Float32Array<ArrayBuffer>,
  tolerance: number,
): void {
  if (buffer.dtype !== 'f32') {
    expect(new Uint32Array(got.buffer), name).toEqual(new Uint32Array(want.buffer));
    return;
  }
  const finite = want.filter(Number.isFinite).map(Math.abs);
  const allowed = tolerance * finite.reduce((a, b) => Math.max(a, b), 0);
  const same = (x: number, y: number): boolean => Object.is(x, y) || Math.abs(x - y) <= allowed;
  const worst = want.findIndex((x, i) => !same(x, got[i]!));
  if (worst >= 0)
    expect.fail(`${name}: ${buffer.name}[${worst - viewAlignment}] is ${got[worst]!}, not ${want[worst]!}`);
}

interface Machine {
  executor: WasmExecutor;
  features: string;
}

/**
 * To be called in a describe: starts an executor for each build of the kernels and thread count, and gives a
 * function that holds them all to the reference. Results must not depend on the number of threads: they are
 * compared byte for byte.
 */
export function againstReference(): (
  build: (bench: Bench) => void,
  options?: { tolerance?: number; seed?: number },
) => Promise<void> {
  const machines: Machine[] = [];
  beforeAll(async () => {
    enableRelaxedSimd();
    for (const features of ['simd', 'relaxed'] as const) {
      machines.push({ features, executor: await WasmExecutor.create({ threads: 1, variant: features }) });
      for (const threads of [2, 3]) {
        const variant = `${features}-threads` as const;
        const executor = await WasmExecutor.create({ threads, variant, spawn: spawnNode });
        machines.push({ features, executor });
      }
    }
    // Compiling the kernels after a change takes a while.
  }, 120_000);
  afterAll(() => {
    for (const { executor } of machines) executor.dispose();
  });
  return async (build, { tolerance = 1e-5, seed = 1 } = {}) => {
    const bench = new Bench(new ProgramBuilder('test'), seed);
    build(bench);
    const want = await results(new ReferenceExecutor(), bench);
    const seen = new Map<string, Map<ProgramBuffer, Float32Array<ArrayBuffer>>>();
    for (const { executor, features } of machines) {
      const name = `${executor.variant}, ${executor.threads} threads`;
      const got = await results(executor, bench);
      for (const [buffer, values] of got) {
        compare(name, buffer, values, want.get(buffer)!, tolerance);
        const first = seen.get(features)?.get(buffer);
        if (first)
          expect(Buffer.compare(Buffer.from(values.buffer), Buffer.from(first.buffer)), name).toBe(0);
      }
      if (!seen.has(features)) seen.set(features, got);
      expect(executor.memory(), `${name} gives memory back`).toEqual({ bytes: 0, buffers: 0 });
    }
  };
}
