/** Which projections of a model an adapter goes beside, and where its matrices lie. */
import { viewAlignment } from '../program/program';
import type { Layout, TensorPlace } from '../t5/layout';

/** The projections of T5 that adapters may go beside, by the last part of their names. */
export const projections = ['q', 'k', 'v', 'o', 'wi', 'wi_0', 'wi_1', 'wo'] as const;

/** One adapted projection within the group of weights that the model multiplies with together. */
export interface AdaptedPart {
  /** Hugging Face's name of the module, without `.weight`. */
  module: string;
  /** Its place among the adapted ones of the group. */
  index: number;
  /** Its place among all modules of the adapter: the number of its dropout mask. */
  number: number;
  inputs: number;
  outputs: number;
  /** The row of the group's matrix at which it starts, and the row of the group's B. */
  first: number;
  firstB: number;
}

/** Groups `<key>.A` [parts·rank, inputs] and `<key>.B` [outputs of all parts, rank], each of them side by side. */
export interface AdapterLayout {
  layout: Layout;
  /** By the key of the group of weights, in the group's order. */
  parts: ReadonlyMap<string, readonly AdaptedPart[]>;
}

const moduleOf = ({ name }: TensorPlace): string => name.replace(/\.weight$/, '');
const isProjection = (module: string): boolean =>
  projections.some((projection) => module.endsWith(`.${projection}`));

/** Every module of a model that an adapter may go beside, in the order of the forward pass. */
export const adaptableModules = (base: Layout): string[] => base.tensors.map(moduleOf).filter(isProjection);

/** Targets as the model's own names end: `wi` means wi_0 and wi_1 where it has a gate. */
export function namedTargets(base: Layout, targets: readonly string[]): string[] {
  const gated = adaptableModules(base).some((module) => module.endsWith('.wi_0'));
  return targets.flatMap((target) => (target === 'wi' && gated ? ['wi_0', 'wi_1'] : [target]));
}

/**
 * Modules by the targets of an adapter, matched as PEFT does: the whole name, or the end of it after a dot.
 * @throws Error for a target that the model has not
 */
export function targetedModules(base: Layout, targets: readonly string[]): string[] {
  const modules = adaptableModules(base);
  const wanted = namedTargets(base, targets);
  const matches = (module: string, target: string): boolean =>
    module === target || module.endsWith(`.${target}`);
  for (const target of wanted)
    if (!modules.some((module) => matches(module, target)))
      throw new Error(
        `the model has no ${target} that an adapter can go beside; it has ${[...new Set(modules.map((m) => m.replace(/.*\./, '')))].join(', ')}`,
      );
  return modules.filter((module) => wanted.some((target) => matches(module, target)));
}

const aligned = (length: number): number => Math.ceil(length / viewAlignment) * viewAlignment;

/** Places the matrices of an adapter of some rank in one arena. @throws Error for no module at all */
export function layOutAdapter(base: Layout, modules: readonly string[], rank: number): AdapterLayout {
  const chosen = new Set(modules);
  if (chosen.size === 0) throw new Error('an adapter needs at least one target');
  const layout: Layout = { tensors: [], groups: new Map(), arenas: [0], parameterCount: 0 };
  const parts = new Map<string, AdaptedPart[]>();
  let number = 0;
  const place = (key: string, tensors: [name: string, rows: number, columns: number][]): void => {
    const begin = layout.arenas[0]!;
    let offset = begin;
    for (const [name, rows, columns] of tensors) {
      layout.tensors.push({ name, shape: [rows, columns], arena: 0, offset });
      offset += rows * columns;
    }
    layout.groups.set(key, { key, arena: 0, offset: begin, length: offset - begin });
    layout.parameterCount += offset - begin;
    layout.arenas[0] = aligned(offset);
  };
  for (const { key, arena, offset, length } of base.groups.values()) {
    const inside = base.tensors.filter(
      (t) => t.arena === arena && t.offset >= offset && t.offset < offset + length,
    );
    const adapted: AdaptedPart[] = [];
    let [first, firstB] = [0, 0];
    for (const tensor of inside) {
      const [outputs = 0, inputs = 0] = tensor.shape;
      const module = moduleOf(tensor);
      if (chosen.has(module)) {
        adapted.push({ module, index: adapted.length, number: number++, inputs, outputs, first, firstB });
        firstB += outputs;
      }
      first += outputs;
    }
    if (adapted.length === 0) continue;
    parts.set(key, adapted);
    place(
      `${key}.A`,
      adapted.map(({ module, inputs }) => [`${module}.lora_A.weight`, rank, inputs]),
    );
    place(
      `${key}.B`,
      adapted.map(({ module, outputs }) => [`${module}.lora_B.weight`, outputs, rank]),
    );
  }
  const missing = modules.length - number;
  if (missing > 0) throw new Error(`${missing} of the modules of the adapter are not the model's`);
  return { layout, parts };
}
