/** What a run needs of a device, found by planning its largest programs, before anything is on one. */
import { adafactorTable } from './ops/adafactor/adafactor';
import type { ExecutorLimits } from './program/executor';
import { planScratch } from './program/plan';
import { lifetimes, whole, type Program } from './program/program';
import { scalars as slots } from './program/scalars';
import { decodingState, encodeProgram, positionProgram, stateViews } from './t5/decodingPrograms';
import { decodingShape } from './t5/generate';
import { planAdapter, type PlannedAdapter } from './adapters/planned';
import { ArenaSet, layOut, partOf, type LayoutPart, type Precision } from './t5/layout';
import { gradientProgram, lossProgram, type StepLoss } from './t5/trainingStep';
import type { T5Config } from './types';
import { placeScratch } from './webgpu/placement';

/** The largest that a run asks for. */
export interface RunSizes {
  /** Rows of a batch, and tokens of its sides with their padding. */
  batch: { rows: number; source: number; target: number };
  evaluation: { rows: number; newTokens: number; beams: number };
  optimizer: 'adamw' | 'adafactor';
  /** By a weight's name; all by default. */
  trains?: ((name: string) => boolean) | undefined;
  /** LoRA: what is trained in place of the weights, which are then kept in `precision`. */
  adapter?: PlannedAdapter | undefined;
  precision?: Precision | undefined;
  /** Parameter sets that the method keeps, and what it trains for beside the labels. */
  sets: number;
  loss?: StepLoss['kind'] | undefined;
  /** Rows that go through at once, and whether activations are computed again. */
  microBatch: number;
  checkpoint: boolean;
}

export interface MemoryNeeds {
  /** What is held together, in bytes. */
  parts: { what: string; bytes: number }[];
  total: number;
  /** The largest buffer, and the largest range that a kernel is given at once. */
  buffer: { what: string; bytes: number };
  binding: { what: string; bytes: number };
}

type Named = MemoryNeeds['buffer'];
const larger = (a: Named, b: Named): Named => (b.bytes > a.bytes ? b : a);
const bytesOf = (lengths: readonly number[]): number => 4 * lengths.reduce((sum, length) => sum + length, 0);
const bytesIn = (set: ArenaSet): number => bytesOf(set.buffers.map((buffer) => buffer.length));

/** The programs that need the most, each with the name that messages give it. */
function programsOf(
  config: T5Config,
  sizes: RunSizes,
  part: LayoutPart,
  weights: ArenaSet,
  adapter: ReturnType<typeof planAdapter> | undefined,
): { named: { what: string; program: Program }[]; caches: number } {
  const scalars = whole({ name: 'scalars', kind: 'arena', dtype: 'f32', length: slots.length });
  const { batch, evaluation, microBatch, checkpoint } = sizes;
  const arenas = { weights, scalars, ...(adapter && { adapters: adapter.answering }) };
  const shape = { B: Math.min(batch.rows, microBatch), S: batch.source, T: batch.target };
  // A teacher's logits lie beside ours, like stored ones.
  const loss =
    sizes.loss === 'distillation'
      ? ({ kind: 'distillation', temperature: 1, teacher: adapter?.weights ?? weights } as const)
      : undefined;
  const gradients = new ArenaSet(part.layout, 'gradients');
  const training = gradientProgram(config, shape, {
    ...arenas,
    ...(adapter ? { adapters: adapter.training(gradients) } : { gradients }),
    dropout: config.dropoutRate,
    checkpoint,
    ...(loss && { loss }),
    ...(sizes.loss === 'logits' && { loss: { kind: 'logits' as const } }),
  });
  const scoring = lossProgram(config, { ...shape, B: evaluation.rows }, arenas);
  const state = decodingState(
    config,
    decodingShape(evaluation.rows * evaluation.beams, batch.source, evaluation.newTokens),
  );
  return {
    named: [
      { what: 'a training step', program: training.program },
      { what: 'scoring', program: scoring.program },
      { what: 'reading prompts', program: encodeProgram(config, state, arenas).program },
      { what: 'answering', program: positionProgram(config, state, state.length - 1, true, arenas).program },
    ],
    // As answers end, rows are gathered in ever smaller caches: together as much again.
    caches: 2 * bytesOf(stateViews(state).map((view) => view.length)),
  };
}

/** Scratch of all programs, which share it: one block in WebAssembly, buffers of falling size on WebGPU. */
function scratchOf(programs: readonly Program[], backend: 'webgpu' | 'wasm'): number[] {
  if (backend === 'wasm') return [Math.max(...programs.map((program) => planScratch(program).length))];
  const sizes = programs.map((program) => placeScratch(lifetimes(program)).slots.toSorted((a, b) => b - a));
  const most = Math.max(...sizes.map((slots) => slots.length));
  return Array.from({ length: most }, (_, i) => Math.max(...sizes.map((slots) => slots[i] ?? 0)));
}

function optimizerBytes(sizes: RunSizes, layout: LayoutPart['layout'], runs: LayoutPart['runs']): number {
  if (sizes.optimizer === 'adamw') return 2 * bytesOf(layout.arenas);
  return bytesOf(
    runs.map((run) => adafactorTable(layout.tensors.filter((t) => t.arena === run.partArena)).state),
  );
}

/**
 * What a run of this model needs. It is an estimate from above of what is there at once: programs of smaller shapes
 * use the memory of larger ones.
 * @throws RangeError when one of the model's tensors is too large for any device
 */
export function memoryNeeds(config: T5Config, sizes: RunSizes, backend: 'webgpu' | 'wasm'): MemoryNeeds {
  const layout = layOut(config, undefined, sizes.precision);
  const weights = new ArenaSet(layout, 'weights');
  const adapter = sizes.adapter && planAdapter(layout, sizes.adapter);
  const part = partOf(adapter?.weights.layout ?? layout, sizes.trains);
  const { named, caches } = programsOf(config, sizes, part, weights, adapter);
  const scratch = scratchOf(
    named.map(({ program }) => program),
    backend,
  );
  const own = named.map(({ program }) =>
    bytesOf(
      program.buffers
        .filter(({ kind }) => kind === 'input' || kind === 'output')
        .map((buffer) => buffer.length),
    ),
  );
  const trained = bytesOf(part.layout.arenas);
  const parts = [
    { what: 'weights', bytes: bytesIn(weights) },
    { what: 'adapters', bytes: adapter ? adapter.arenas.reduce((sum, set) => sum + bytesIn(set), 0) : 0 },
    { what: 'gradients', bytes: trained },
    {
      what: `the state of ${sizes.optimizer === 'adamw' ? 'AdamW' : 'Adafactor'}`,
      bytes: optimizerBytes(sizes, part.layout, part.runs),
    },
    { what: 'copies that the method keeps', bytes: sizes.sets * trained },
    { what: 'activations', bytes: bytesOf(scratch) + own.reduce((a, b) => a + b, 0) },
    { what: 'caches of answers', bytes: caches },
  ].filter(({ bytes }) => bytes > 0);
  let binding: Named = { what: '', bytes: 0 };
  for (const { what, program } of named)
    for (const { op, views } of program.instructions)
      for (const view of views)
        binding = larger(binding, {
          what: `${view.buffer.name} in ${what} (${op.name})`,
          bytes: 4 * view.length,
        });
  const arenas = layout.arenas.map((length) => ({ what: 'weights', bytes: 4 * length }));
  const blocks = scratch.map((length) => ({ what: 'activations', bytes: 4 * length }));
  const buffer = [...arenas, ...blocks].reduce(larger);
  binding = arenas.reduce(larger, binding);
  return { parts, total: parts.reduce((sum, { bytes }) => sum + bytes, 0), buffer, binding };
}

/** What of a device's limits the needs exceed, each in a sentence; nothing where the run fits. */
export function exceeded(needs: MemoryNeeds, limits: ExecutorLimits): string[] {
  const problems: string[] = [];
  if (needs.total > limits.total)
    problems.push(
      `it needs ${inBytes(needs.total)} (${needs.parts.map(({ what, bytes }) => `${what} ${inBytes(bytes)}`).join(', ')}), ` +
        `and there are ${inBytes(limits.total)}`,
    );
  if (needs.buffer.bytes > limits.buffer)
    problems.push(
      `a buffer for ${needs.buffer.what} takes ${inBytes(needs.buffer.bytes)}, and this device allows ${inBytes(limits.buffer)}`,
    );
  if (needs.binding.bytes > limits.binding)
    problems.push(
      `${needs.binding.what} spans ${inBytes(needs.binding.bytes)}, and this device gives a kernel at most ${inBytes(limits.binding)} at once`,
    );
  return problems;
}

export function inBytes(bytes: number): string {
  const unit = bytes >= 2 ** 30 ? 'GiB' : 'MiB';
  const value = bytes / (unit === 'GiB' ? 2 ** 30 : 2 ** 20);
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ${unit}`;
}
