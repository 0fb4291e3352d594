/** For tests: runs a program on WebGPU and by its plain meaning, and holds the one to the other. */
import { toHalves } from '../halves';
import type { Executor } from '../program/executor';
import { ProgramBuilder, whole, type Dtype, type View } from '../program/program';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { scalars as slots } from '../program/scalars';
import { WebGpuExecutor } from './executor';
import { requestDevice } from './features';
import { planProgram } from './load';
import type { TraitOptions } from './traits';

/** @throws Error when the browser has no adapter: a test that needs one must not pass without */
export async function openGpu(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter');
  return requestDevice(adapter);
}

/** Repeatable numbers, uniform in [-1, 1). */
export function noise(length: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 1) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2147483648 - 1;
  });
}

/** Collects the memory of a test program with what is in it. */
export class TestMemory {
  readonly p = new ProgramBuilder('test');
  readonly contents = new Map<View, Float32Array | Uint32Array>();

  floats(name: string, data: Float32Array): View {
    return this.#add(name, 'f32', data);
  }

  words(name: string, data: Uint32Array): View {
    return this.#add(name, 'u32', data);
  }

  /** Noise of a length, different for each buffer. */
  noise(name: string, length: number, scale = 1): View {
    return this.floats(
      name,
      noise(length, this.contents.size + 1).map((x) => x * scale),
    );
  }

  /** Noise as f16, two to an element. */
  halves(name: string, count: number): View {
    const halves = toHalves(noise(count + (count % 2), this.contents.size + 1));
    return this.#add(name, 'f16', new Uint32Array(halves.buffer));
  }

  /** The scalars of a step with numbers in all places. */
  scalars(values: Partial<Record<keyof typeof slots, number>> = {}): View {
    const words = new Uint32Array(slots.length);
    const floats = new Float32Array(words.buffer);
    floats[slots.lossScale] = values.lossScale ?? 0.25;
    floats[slots.learningRate] = values.learningRate ?? 0.01;
    floats[slots.biasCorrection1] = values.biasCorrection1 ?? 0.19;
    floats[slots.biasCorrection2] = values.biasCorrection2 ?? 0.002;
    floats[slots.maxNorm] = values.maxNorm ?? 1;
    floats[slots.decay] = values.decay ?? 0.6;
    floats[slots.crossEntropyWeight] = values.crossEntropyWeight ?? 1;
    floats[slots.matchWeight] = values.matchWeight ?? 1;
    words[slots.sampleSeed] = values.sampleSeed ?? 0;
    words[slots.dropoutSeed] = values.dropoutSeed ?? 3735928559;
    return this.words('scalars', words);
  }

  #add(name: string, dtype: Dtype | 'f16', data: Float32Array | Uint32Array): View {
    const view = whole({ name, kind: 'arena', dtype, length: data.length });
    this.contents.set(view, data);
    return view;
  }
}

/** One executor a device and kind, so that shaders are compiled once for all cases. */
const executors = new Map<string, { device: GPUDevice; executor: WebGpuExecutor }>();

function executorFor(device: GPUDevice, options: TraitOptions): WebGpuExecutor {
  const kind = JSON.stringify(options);
  const known = executors.get(kind);
  if (known?.device === device) return known.executor;
  const executor = new WebGpuExecutor(device, options);
  executors.set(kind, { device, executor });
  return executor;
}

/** What tells the kernels of a program from those that other traits lead to. */
const kernelsOf = (executor: WebGpuExecutor, memory: TestMemory): string =>
  JSON.stringify(
    planProgram(memory.p.build(), executor.traits).steps.map((step) =>
      'request' in step ? [step.request.launch.variant, step.request.bindings] : [],
    ),
  );

async function runOn(executor: Executor, memory: TestMemory): Promise<(Float32Array | Uint32Array)[]> {
  const views = [...memory.contents];
  for (const [view, data] of views) {
    executor.allocate(view.buffer);
    executor.write(view, data);
  }
  const loaded = await executor.load(memory.p.build());
  executor.run(loaded);
  // Together: some browsers look for finished reads ten times a second.
  const results = await Promise.all(
    views.map(([view, data]) =>
      data instanceof Uint32Array ? executor.readUint32(view) : executor.read(view),
    ),
  );
  executor.unload(loaded);
  for (const [view] of views) executor.free(view.buffer);
  return results;
}

/**
 * What a program leaves in all buffers, with the device's optional features and, where other kernels run then, without
 * any.
 */
export async function runWithAndWithoutFeatures(
  device: GPUDevice,
  memory: TestMemory,
  software: boolean,
): Promise<(Float32Array | Uint32Array)[][]> {
  const all = executorFor(device, { software });
  const none = executorFor(device, { software, features: [] });
  const same = kernelsOf(all, memory) === kernelsOf(none, memory);
  const results = [await runOn(all, memory)];
  if (!same) results.push(await runOn(none, memory));
  return results;
}

/**
 * With the device's optional features and without: largest difference between device and reference over all buffers after a run, each relative to the largest
 * number of its buffer. Words must be equal. Everything is compared, so a write outside of the result shows.
 */
export async function worstDifference(
  device: GPUDevice,
  memory: TestMemory,
  software: boolean,
): Promise<number> {
  const expected = await runOn(new ReferenceExecutor(), memory);
  const results = await runWithAndWithoutFeatures(device, memory, software);
  return Math.max(...results.flatMap((got) => expected.map((data, i) => difference(data, got[i]!))));
}

function difference(expected: Float32Array | Uint32Array, got: Float32Array | Uint32Array): number {
  if (expected instanceof Uint32Array) return expected.every((word, i) => word === got[i]) ? 0 : Infinity;
  let largest = 0;
  let worst = 0;
  expected.forEach((x, i) => {
    largest = Math.max(largest, Math.abs(x));
    const d = Math.abs(x - got[i]!);
    // A number that is not one on either side is as wrong as can be, unless both agree on it.
    if (!Object.is(x, got[i])) worst = d <= Infinity && !Number.isNaN(d) ? Math.max(worst, d) : Infinity;
  });
  return worst === 0 ? 0 : worst / Math.max(largest, Number.MIN_VALUE);
}
