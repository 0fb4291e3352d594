/** What webgpu-kernels.mjs runs in a page: the speed of the WebGPU kernels, alone and in a training step. */
import { matmul, rowMajor, transposed } from '../src/engine/ops/matmul/matmul';
import type { LoadedProgram } from '../src/engine/program/executor';
import { ProgramBuilder, type Instruction, type Program } from '../src/engine/program/program';
import { ArenaSet } from '../src/engine/t5/layout';
import { T5Model } from '../src/engine/t5/model';
import { Trainer } from '../src/engine/trainer';
import { WebGpuExecutor } from '../src/engine/webgpu/executor';
import { requestDevice } from '../src/engine/webgpu/features';
import { freshWeights, fullBatch, geometries, pocket } from './harness/geometry';

const shapes: [M: number, N: number, K: number][] = [
  [384, 384, 128], [384, 128, 128], [384, 768, 128], [384, 128, 384], [128, 8192, 128], [128, 128, 8192],
  [8192, 128, 128], [512, 512, 512], [8, 384, 128], [8, 8192, 128],
]; // prettier-ignore

const step = geometries.pocket.shape;

export interface Options {
  /** `software` or `gpu` whatever the adapter, or `auto`. */
  kernels: string;
  /** Optional features of WebGPU that are used: `all` that there are, or `none`. */
  features: string;
}

type Lines = AsyncGenerator<string, void>;

async function open({ kernels, features }: Options): Promise<WebGpuExecutor> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter');
  return new WebGpuExecutor(await requestDevice(adapter), {
    ...(kernels !== 'auto' && { software: kernels === 'software' }),
    ...(features === 'none' && { features: [] }),
  });
}

/**
 * Milliseconds of one run, the fastest of three trials. A trial is long enough that the browser's looking for
 * finished work (some look ten times a second) hardly counts.
 */
async function time(executor: WebGpuExecutor, loaded: LoadedProgram): Promise<number> {
  const trial = async (runs: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < runs; i++) executor.run(loaded);
    await executor.finish();
    return performance.now() - start;
  };
  await trial(1);
  let runs = 1;
  let took = await trial(runs);
  while (took < 700 && runs < 4096) {
    runs *= 2;
    took = await trial(runs);
  }
  return Math.min(took, await trial(runs), await trial(runs)) / runs;
}

async function timeProgram(executor: WebGpuExecutor, program: Program): Promise<number> {
  const loaded = await executor.load(program);
  const milliseconds = await time(executor, loaded);
  executor.unload(loaded);
  return milliseconds;
}

const column = (x: number, digits: number): string => x.toFixed(digits).padStart(9);

async function* matmulLines(executor: WebGpuExecutor): Lines {
  yield 'GFLOP/s             NN       NT       TN';
  for (const [M, N, K] of shapes) {
    let line = `${M}x${N}x${K}`.padEnd(14);
    for (const layout of ['NN', 'NT', 'TN']) {
      const p = new ProgramBuilder(layout);
      const a = p.scratch('a', M * K);
      const b = p.scratch('b', N * K);
      matmul(
        p,
        p.scratch('scalars', 64),
        layout === 'TN' ? transposed(rowMajor(a, M)) : rowMajor(a, K),
        layout === 'NT' ? transposed(rowMajor(b, K)) : rowMajor(b, N),
        rowMajor(p.scratch('c', M * N), N),
        { M, N, K },
      );
      line += column((2e-6 * M * N * K) / (await timeProgram(executor, p.build())), 2);
    }
    yield line;
  }
}

async function* stepLines(executor: WebGpuExecutor): Lines {
  const model = await T5Model.load(pocket, freshWeights(pocket), executor);
  const schedule = { name: 'constant', warmupSteps: 0 } as const;
  const moments = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const optimizer = {
    name: 'adamw',
    learningRate: 1e-3,
    clipNorm: 1,
    weightDecay: 0,
    schedule,
    ...moments,
  } as const;
  const trainer = new Trainer(model, { optimizer, totalSteps: 100, dropout: 0.1, seed: 1 });
  const began = performance.now();
  await trainer.prepare(step);
  const prepared = performance.now();
  yield `compiling ${column(prepared - began, 0)} ms`;
  await trainer.step(fullBatch(pocket, step)).value();
  yield `first step${column(performance.now() - prepared, 0)} ms`;
  let best = Infinity;
  for (let trial = 0; trial < 4; trial++) {
    const start = performance.now();
    for (let i = 0; i < 4; i++) trainer.step(fullBatch(pocket, step)).discard();
    await trainer.step(fullBatch(pocket, step)).value();
    await executor.finish();
    best = Math.min(best, (performance.now() - start) / 5);
  }
  const { bytes, buffers } = executor.memory();
  yield `step      ${column(best, 0)} ms`;
  yield `memory    ${column(bytes / 2 ** 20, 0)} MiB in ${buffers} buffers`;
}

function nameOf({ op, ints }: Instruction): string {
  if (op.name !== 'matmul') return op.name;
  const [M, N, K, , colA, , colB] = ints;
  return `matmul ${colA === 1 ? 'N' : 'T'}${colB === 1 ? 'N' : 'T'} ${String(M)}x${String(N)}x${String(K)}`;
}

async function* operationLines(executor: WebGpuExecutor): Lines {
  const model = await T5Model.load(pocket, freshWeights(pocket), executor);
  const gradients = new ArenaSet(model.parameters.layout, 'gradients');
  for (const buffer of gradients.buffers) executor.allocate(buffer);
  const { program, loaded } = await model.loadStep(step, { gradients, dropout: 0.1 });
  const groups = new Map<string, Instruction[]>();
  for (const instruction of program.instructions) {
    const name = nameOf(instruction);
    groups.set(name, [...(groups.get(name) ?? []), instruction]);
  }
  let total = 0;
  for (const [name, instructions] of groups) {
    const buffers = new Set(instructions.flatMap(({ views }) => views.map(({ buffer }) => buffer)));
    const alone: Program = { name, buffers: [...buffers], instructions };
    const milliseconds = await timeProgram(executor, alone);
    total += milliseconds;
    yield `${column(milliseconds, 2)} ms ${name} (${instructions.length})`;
  }
  const host = performance.now();
  executor.run(loaded);
  const submitted = performance.now() - host;
  await executor.finish();
  yield `${column(total, 1)} ms in all; together ${(await time(executor, loaded)).toFixed(1)} ms`;
  yield `${loaded.dispatches} dispatches, submitted in ${submitted.toFixed(2)} ms`;
}

const parts = { matmul: matmulLines, step: stepLines, ops: operationLines };

/** @param say told each line as soon as it is measured */
export async function run(
  part: keyof typeof parts,
  options: Options,
  say: (line: string) => Promise<unknown>,
): Promise<void> {
  const executor = await open(options);
  const { software, halves, subgroup } = executor.traits;
  const features = `f16 ${halves ? 'on' : 'off'}, subgroups ${subgroup > 0 ? `of ${subgroup} up` : 'off'}`;
  await say(`${part} on ${software ? 'software' : 'gpu'} kernels, ${features}`);
  for await (const line of parts[part](executor)) await say(line);
}
