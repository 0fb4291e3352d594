/** What wasm-kernels.mjs runs, in Node or a page: the speed of the WebAssembly kernels, alone and in a step. */
import { matmul, rowMajor, transposed } from '../src/engine/ops/matmul/matmul';
import type { LoadedProgram } from '../src/engine/program/executor';
import {
  ProgramBuilder,
  whole,
  type Instruction,
  type Program,
  type ProgramBuffer,
  type View,
} from '../src/engine/program/program';
import { decodingState, encodeProgram, positionProgram } from '../src/engine/t5/decodingPrograms';
import { ArenaSet, layOut } from '../src/engine/t5/layout';
import { gradientProgram } from '../src/engine/t5/trainingStep';
import { WasmExecutor, type WasmOptions } from '../src/engine/wasm/executor';
import { geometries, pocket } from './harness/geometry';

export interface Row {
  name: string;
  /** Fastest of the rounds. */
  microseconds: number;
  gflops?: number;
}

const shapes: [M: number, N: number, K: number][] = [
  [384, 384, 128], [384, 128, 128], [384, 768, 128], [384, 128, 384], [128, 8192, 128], [128, 128, 8192],
  [8192, 128, 128], [512, 512, 512], [1024, 1024, 1024], [1, 8192, 128], [4, 8192, 128], [32, 8192, 128], [32, 384, 128],
]; // prettier-ignore

interface Task {
  name: string;
  loaded: LoadedProgram;
  flops: number;
  best: number;
}

/** Rounds over all tasks in turn, so that a busy moment of the machine falls on all alike. */
function measure(executor: WasmExecutor, tasks: Task[], rounds: number): void {
  for (const { loaded } of tasks) executor.run(loaded);
  for (let round = 0; round < rounds; round++)
    for (const task of tasks) {
      const runs = Number.isFinite(task.best) ? Math.max(1, Math.min(200, Math.round(1 / task.best))) : 1;
      const start = performance.now();
      for (let i = 0; i < runs; i++) executor.run(task.loaded);
      task.best = Math.min(task.best, (performance.now() - start) / runs);
    }
}

const rowOf = ({ name, best, flops }: Task): Row => ({
  name,
  microseconds: best * 1000,
  ...(flops > 0 && { gflops: flops / best / 1e6 }),
});

const noise = (length: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, () => Math.random() - 0.5);

function fillArena(executor: WasmExecutor, buffer: ProgramBuffer): View {
  executor.allocate(buffer);
  const view = whole(buffer);
  if (buffer.dtype === 'f32') executor.write(view, noise(buffer.length));
  return view;
}

async function matmuls(executor: WasmExecutor, rounds: number): Promise<Row[]> {
  const largest = Math.max(...shapes.map(([M, N, K]) => Math.max(M * N, N * K, M * K)));
  const [x, y, z, scalars] = ['x', 'y', 'z', 'scalars'].map((name) =>
    fillArena(executor, { name, kind: 'arena', dtype: 'f32', length: name === 'scalars' ? 64 : largest }),
  );
  const tasks: Task[] = [];
  for (const [M, N, K] of shapes)
    for (const mode of ['NN', 'NT', 'TN']) {
      const p = new ProgramBuilder(`${M}x${N}x${K} ${mode}`);
      const a = mode === 'TN' ? transposed(rowMajor(x!, M)) : rowMajor(x!, K);
      const b = mode === 'NT' ? transposed(rowMajor(y!, K)) : rowMajor(y!, N);
      matmul(p, scalars!, a, b, rowMajor(z!, N), { M, N, K });
      tasks.push({
        name: p.name,
        loaded: await executor.load(p.build()),
        flops: 2 * M * N * K,
        best: Infinity,
      });
    }
  measure(executor, tasks, rounds);
  return tasks.map(rowOf);
}

/** The same program with its scratch, inputs and outputs in buffers of their own, so that parts of it can run alone. */
function unpacked({ name, instructions, buffers }: Program): Program {
  const own = new Map(buffers.map((buffer) => [buffer, { ...buffer, kind: 'arena' as const }]));
  const moved = (view: View): View => ({ ...view, buffer: own.get(view.buffer)! });
  return {
    name,
    buffers: [...own.values()],
    instructions: instructions.map((instruction) => ({
      ...instruction,
      views: instruction.views.map(moved),
    })),
  };
}

const flopsOf = ({ op, ints }: Instruction): number =>
  op.name === 'matmul' ? 2 * ints[0]! * ints[1]! * ints[2]! : 0;

/** Operations, products by their shape. */
const nameOf = ({ op, ints }: Instruction): string =>
  op.name === 'matmul' ? `matmul ${ints.slice(0, 3).join('x')}` : op.name;

/** A program as a whole, and its instructions alone, added up by what they are called. */
async function profile(
  executor: WasmExecutor,
  { name, buffers, instructions }: Program,
  rounds: number,
  named = ({ op }: Instruction): string => op.name,
): Promise<Row[]> {
  for (const buffer of buffers) {
    fillArena(executor, buffer);
    if (/Mask$|Ones$/.test(buffer.name))
      executor.write(whole(buffer), new Float32Array(buffer.length).fill(1));
  }
  const all = await executor.load({ name, buffers, instructions });
  const flops = instructions.reduce((sum, instruction) => sum + flopsOf(instruction), 0);
  const tasks: Task[] = [
    { name: `${name}, ${instructions.length} instructions`, loaded: all, flops, best: Infinity },
  ];
  for (const instruction of instructions) {
    const loaded = await executor.load({ name: named(instruction), buffers, instructions: [instruction] });
    tasks.push({ name: named(instruction), loaded, flops: flopsOf(instruction), best: Infinity });
  }
  measure(executor, tasks, rounds);
  const sums = new Map<string, Task>();
  for (const task of tasks.slice(1)) {
    const sum = sums.get(task.name) ?? { ...task, best: 0, flops: 0 };
    sums.set(task.name, { ...sum, best: sum.best + task.best, flops: sum.flops + task.flops });
  }
  const byTime = [...sums.values()].sort((a, b) => b.best - a.best);
  const total = byTime.reduce((sum, task) => sum + task.best, 0);
  return [tasks[0]!, { ...tasks[0]!, name: 'its instructions alone', best: total }, ...byTime].map(rowOf);
}

const arenas = () => {
  const layout = layOut(pocket);
  return {
    weights: new ArenaSet(layout, 'weights'),
    gradients: new ArenaSet(layout, 'gradients'),
    scalars: whole({ name: 'scalars', kind: 'arena', dtype: 'f32', length: 64 }),
  };
};

/** The pocket training step. */
function step(executor: WasmExecutor, rounds: number): Promise<Row[]> {
  const options = { ...arenas(), dropout: pocket.dropoutRate };
  const { program } = gradientProgram(pocket, geometries.pocket.shape, options);
  return profile(executor, { ...unpacked(program), name: 'step' }, rounds);
}

/** Of 32 answers to 48 tokens each: encoding them, and the sixteenth token. */
async function generation(executor: WasmExecutor, rounds: number): Promise<Row[]> {
  const { weights, scalars } = arenas();
  const state = decodingState(pocket, { rows: 32, S: 48, length: 32 });
  const encode = encodeProgram(pocket, state, { weights, scalars });
  const position = positionProgram(pocket, state, 15, true, { weights, scalars });
  return [
    ...(await profile(executor, { ...unpacked(encode.program), name: 'encoding' }, rounds, nameOf)),
    ...(await profile(executor, { ...unpacked(position.program), name: 'a token' }, rounds, nameOf)),
  ];
}

const parts: Record<string, (executor: WasmExecutor, rounds: number) => Promise<Row[]>> = {
  matmul: matmuls,
  step,
  generate: generation,
};

export async function run(part: string, options: WasmOptions, rounds: number): Promise<Row[]> {
  const executor = await WasmExecutor.create(options);
  try {
    const measured = parts[part];
    if (!measured) throw new Error(`${part} is none of ${Object.keys(parts).join(', ')}`);
    return await measured(executor, rounds);
  } finally {
    executor.dispose();
  }
}
