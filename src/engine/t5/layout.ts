/**
 * Where each weight lies. Weights share a few large buffers (arenas), so that one instruction updates them all;
 * tensors that one matmul reads together (q, k, v; k, v; wi_0, wi_1) lie side by side.
 */
import { viewAlignment, type ProgramBuffer, type View } from '../program/program';
import { HEAD, SHARED } from './names';
import type { T5Config } from '../types';

/** One tensor of the model under its Hugging Face name. */
export interface TensorPlace {
  name: string;
  shape: number[];
  /** Index into the layout's arenas, and the number at which it starts. */
  arena: number;
  offset: number;
}

/** Tensors side by side, as one matrix [rows, cols] or vector. */
export interface Group {
  key: string;
  arena: number;
  offset: number;
  length: number;
}

export interface Layout {
  tensors: TensorPlace[];
  groups: Map<string, Group>;
  /** Numbers of each arena. */
  arenas: number[];
  /** By arena, whether it is f16: two numbers to an element. All are f32 where this is absent. */
  halves?: boolean[];
  parameterCount: number;
}

interface GroupShape {
  key: string;
  tensors: [name: string, shape: number[]][];
}

/** Groups of both stacks in the order of the forward pass; the keys are what `t5/` asks for. */
function groupShapes(c: T5Config): GroupShape[] {
  const inner = c.numHeads * c.dKv;
  const into = (name: string): [string, number[]] => [`${name}.weight`, [inner, c.dModel]];
  const outOf = (name: string): [string, number[]] => [`${name}.o.weight`, [c.dModel, inner]];
  const norm = (key: string, name: string): GroupShape => ({
    key,
    tensors: [[`${name}.weight`, [c.dModel]]],
  });
  const groups: GroupShape[] = [];
  const stack = (side: 'encoder' | 'decoder', layers: number): void => {
    for (let n = 0; n < layers; n++) {
      const block = `${side}.block.${n}.layer`;
      const key = `${side}.${n}`;
      const self = `${block}.0.SelfAttention`;
      const cross = `${block}.1.EncDecAttention`;
      const last = `${block}.${side === 'decoder' ? 2 : 1}`;
      const wide = c.feedForward === 'relu' ? ['wi'] : ['wi_0', 'wi_1'];
      const bias = `${self}.relative_attention_bias.weight`;
      if (n === 0)
        groups.push({ key: `${side}.bias`, tensors: [[bias, [c.relativeAttentionNumBuckets, c.numHeads]]] });
      groups.push(
        norm(`${key}.self.norm`, `${block}.0.layer_norm`),
        { key: `${key}.self.qkv`, tensors: ['q', 'k', 'v'].map((x) => into(`${self}.${x}`)) },
        { key: `${key}.self.o`, tensors: [outOf(self)] },
      );
      if (side === 'decoder')
        groups.push(
          norm(`${key}.cross.norm`, `${block}.1.layer_norm`),
          { key: `${key}.cross.q`, tensors: [into(`${cross}.q`)] },
          { key: `${key}.cross.kv`, tensors: ['k', 'v'].map((x) => into(`${cross}.${x}`)) },
          { key: `${key}.cross.o`, tensors: [outOf(cross)] },
        );
      groups.push(
        norm(`${key}.ff.norm`, `${last}.layer_norm`),
        {
          key: `${key}.ff.wi`,
          tensors: wide.map((x) => [`${last}.DenseReluDense.${x}.weight`, [c.dFf, c.dModel]]),
        },
        { key: `${key}.ff.wo`, tensors: [[`${last}.DenseReluDense.wo.weight`, [c.dModel, c.dFf]]] },
      );
    }
    groups.push(norm(`${side}.final.norm`, `${side}.final_layer_norm`));
  };
  stack('encoder', c.numLayers);
  stack('decoder', c.numDecoderLayers);
  return groups;
}

/** Elements of a tensor. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The two tables of the vocabulary: the embedding, and the head where it is a table of its own. */
function tables(config: T5Config): GroupShape[] {
  const shape = [config.vocabSize, config.dModel];
  const groups: GroupShape[] = [{ key: 'shared', tensors: [[SHARED, shape]] }];
  if (!config.tieWordEmbeddings) groups.push({ key: 'head', tensors: [[HEAD, shape]] });
  return groups;
}

/**
 * Places every tensor of a T5 of this config. The tables come last, each in an arena of its own: where the
 * others lie does not depend on the size of the vocabulary, which is known only when its table arrives.
 * @param largestArena elements that one buffer may hold
 * @param precision f16 is for frozen weights: matrices and tables are kept so, norms and biases stay f32
 * @throws RangeError when a single group is larger than that
 */
export function layOut(config: T5Config, largestArena = 2 ** 25, precision: Precision = 'f32'): Layout {
  const layout: Layout = { tensors: [], groups: new Map(), arenas: [], parameterCount: 0 };
  const halves: boolean[] = [];
  const open = { f32: -1, f16: -1 };
  const place = ({ key, tensors }: GroupShape, alone: boolean): void => {
    const length = tensors.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
    const kind = /norm$|bias$/.test(key) ? 'f32' : precision;
    const most = kind === 'f16' ? 2 * largestArena : largestArena;
    if (length > most)
      throw new RangeError(`${tensors[0]![0]} has ${length} numbers; a buffer here holds ${most}`);
    const padded = alignedLength(length, kind);
    if (open[kind] < 0 || alone || layout.arenas[open[kind]]! + padded > most) {
      open[kind] = layout.arenas.push(0) - 1;
      halves.push(kind === 'f16');
    }
    const current = open[kind];
    let offset = layout.arenas[current]!;
    layout.groups.set(key, { key, arena: current, offset, length });
    layout.arenas[current] = offset + padded;
    for (const [name, shape] of tensors) {
      layout.tensors.push({ name, shape, arena: current, offset });
      offset += sizeOf(shape);
    }
    layout.parameterCount += length;
  };
  for (const group of groupShapes(config)) place(group, false);
  for (const group of tables(config)) place(group, true);
  // Listed in the order of the forward pass all the same.
  const isShared = ({ name }: TensorPlace): boolean => name === SHARED;
  layout.tensors.sort((a, b) => Number(isShared(b)) - Number(isShared(a)));
  return precision === 'f16' ? { ...layout, halves } : layout;
}

/** How numbers are kept. */
export type Precision = 'f32' | 'f16';

/** Numbers between the places where views may start. */
export const alignmentOf = (kind: Precision): number => (kind === 'f16' ? 2 : 1) * viewAlignment;

/** A count of numbers rounded up to where the next view may start. */
export const alignedLength = (length: number, kind: Precision = 'f32'): number =>
  Math.ceil(length / alignmentOf(kind)) * alignmentOf(kind);

/** A range of an arena whose tensors are trained, and where the same tensors lie in arenas that hold only those. */
export interface Run {
  arena: number;
  offset: number;
  length: number;
  /** Arena of the part, and the element at which the range starts there. */
  partArena: number;
  partOffset: number;
}

/** Some groups of a layout, closely packed, and the ranges of the whole that they are. */
export interface LayoutPart {
  layout: Layout;
  runs: Run[];
}

/**
 * The groups whose tensors are all wanted; the layout itself where that is every one of them.
 * @param wanted by the tensor's name
 * @throws Error where some tensors of a group are wanted and some not, or none at all
 */
export function partOf(layout: Layout, wanted: (name: string) => boolean = () => true): LayoutPart {
  const part: Layout = { tensors: [], groups: new Map(), arenas: [], parameterCount: 0 };
  const runs: Run[] = [];
  for (const group of layout.groups.values()) {
    const tensors = layout.tensors.filter(
      (t) => t.arena === group.arena && t.offset >= group.offset && t.offset < group.offset + group.length,
    );
    const chosen = tensors.filter(({ name }) => wanted(name));
    if (chosen.length === 0) continue;
    const left = tensors.find(({ name }) => !wanted(name));
    if (left)
      throw new Error(`${chosen[0]!.name} and ${left.name} lie side by side: train both of them or neither`);
    const padded = alignedLength(group.length);
    let run = runs.at(-1);
    if (run?.arena !== group.arena || run.offset + run.length !== group.offset) {
      const partArena = run?.arena === group.arena ? run.partArena : part.arenas.push(0) - 1;
      run = {
        arena: group.arena,
        offset: group.offset,
        length: 0,
        partArena,
        partOffset: part.arenas[partArena]!,
      };
      runs.push(run);
    }
    run.length += padded;
    const offset = part.arenas[run.partArena]!;
    part.arenas[run.partArena] = offset + padded;
    part.groups.set(group.key, { ...group, arena: run.partArena, offset });
    for (const t of tensors)
      part.tensors.push({ ...t, arena: run.partArena, offset: t.offset - group.offset + offset });
    part.parameterCount += group.length;
  }
  if (runs.length === 0) throw new Error('no weight is chosen to be trained');
  return { layout: part.groups.size === layout.groups.size ? layout : part, runs };
}

/** One set of arenas over a layout: the weights, their gradients, or a moment of the optimiser. */
export class ArenaSet {
  readonly buffers: readonly ProgramBuffer[];

  /** @param buffers of the layout's lengths; new ones by default */
  constructor(
    readonly layout: Layout,
    name: string,
    buffers?: readonly ProgramBuffer[],
  ) {
    this.buffers =
      buffers ??
      layout.arenas.map((length, i) => arena(`${name}${i}`, length, layout.halves?.[i] ? 'f16' : 'f32'));
  }

  hasGroup(key: string): boolean {
    return this.layout.groups.has(key);
  }

  /** The range of a group. @throws Error on a key that the layout has not */
  group(key: string): View {
    const group = this.layout.groups.get(key);
    const buffer = group && this.buffers[group.arena];
    if (!buffer) throw new Error(`no weights named ${key}`);
    const { offset, length } = group;
    return buffer.dtype === 'f16'
      ? { buffer, offset: offset / 2, length: Math.ceil(length / 2) }
      : { buffer, offset, length };
  }

  views(): View[] {
    return this.buffers.map((buffer) => ({ buffer, offset: 0, length: buffer.length }));
  }
}

/** Weights, with those of another set in place of their own where it has them. */
class Overlay extends ArenaSet {
  constructor(
    base: ArenaSet,
    readonly over: ArenaSet,
  ) {
    super(base.layout, 'overlay', base.buffers);
  }

  override group(key: string): View {
    return this.over.hasGroup(key) ? this.over.group(key) : super.group(key);
  }
}

export const overlay = (base: ArenaSet, over: ArenaSet): ArenaSet => new Overlay(base, over);

/** @param numbers that it holds; a whole number of words */
export const arena = (name: string, numbers: number, dtype: Precision = 'f32'): ProgramBuffer => ({
  name,
  kind: 'arena',
  dtype,
  length: dtype === 'f16' ? numbers / 2 : numbers,
});
