import { tensor, tidy, variable, zeros, type Tensor1D, type Variable } from '../tf';
import type { NamedTensor } from '../types';
import type { Arena } from './arena';

/** What an optimiser remembers between steps, on the device; zero before the first. */
export interface Moments {
  /** Host copies, one at a time, named after the parameter and the moment. */
  tensors(): AsyncGenerator<NamedTensor>;
  /**
   * Takes back what `tensors` gave.
   * @throws Error that names a tensor that is missing, unknown or of another shape; nothing is changed then
   */
  restore(tensors: Iterable<NamedTensor>): void;
  dispose(): void;
}

/** Moments of a tensor each. */
export class TensorMoments implements Moments {
  readonly #variables = new Map<string, Variable>();

  add(name: string, shape: number[]): void {
    this.#variables.set(name, fresh(shape));
  }

  get(name: string): Variable {
    const found = this.#variables.get(name);
    if (found === undefined) throw new Error(`the optimiser has no state ${name}`);
    return found;
  }

  async *tensors(): AsyncGenerator<NamedTensor> {
    for (const [name, moment] of this.#variables) {
      const data = (await moment.data<'float32'>()).slice();
      yield { name, shape: moment.shape.slice(), data };
    }
  }

  restore(tensors: Iterable<NamedTensor>): void {
    const shapes = [...this.#variables].map(([name, { shape }]) => [name, shape] as const);
    const given = checked(tensors, new Map(shapes));
    for (const [name, moment] of this.#variables) replace(moment, given.get(name)!.data);
  }

  dispose(): void {
    for (const moment of this.#variables.values()) moment.dispose();
    this.#variables.clear();
  }
}

/** Moments of the shape of the parameters, joined in the groups of an arena. */
export class ArenaMoments implements Moments {
  readonly #arena: Arena;
  /** By the moment's name, one for each group. */
  readonly #variables: Map<string, Variable[]>;

  constructor(arena: Arena, names: string[]) {
    this.#arena = arena;
    this.#variables = new Map(names.map((name) => [name, arena.groups.map(({ length }) => fresh([length]))]));
  }

  get(name: string, group: number): Variable & Tensor1D {
    return this.#variables.get(name)![group] as Variable & Tensor1D;
  }

  async *tensors(): AsyncGenerator<NamedTensor> {
    for (const [moment, variables] of this.#variables)
      for (const [place, { members }] of this.#arena.groups.entries()) {
        const joined = await variables[place]!.data<'float32'>();
        for (const { name, shape, size, offset } of members)
          yield {
            name: `${name}.${moment}`,
            shape: shape.slice(),
            data: joined.slice(offset, offset + size),
          };
      }
  }

  restore(tensors: Iterable<NamedTensor>): void {
    const moments = [...this.#variables.keys()];
    const members = this.#arena.groups.flatMap((group) => group.members);
    const shapes = moments.flatMap((moment) =>
      members.map(({ name, shape }) => [`${name}.${moment}`, shape] as const),
    );
    const given = checked(tensors, new Map(shapes));
    for (const [moment, variables] of this.#variables)
      this.#arena.groups.forEach((group, place) => {
        const joined = new Float32Array(group.length);
        for (const { name, offset } of group.members)
          joined.set(given.get(`${name}.${moment}`)!.data, offset);
        replace(variables[place]!, joined);
      });
  }

  dispose(): void {
    for (const variables of this.#variables.values()) variables.forEach((moment) => moment.dispose());
    this.#variables.clear();
  }
}

const fresh = (shape: number[]): Variable => tidy(() => variable(zeros(shape), false));

const replace = (moment: Variable, data: Float32Array): void =>
  tidy(() => moment.assign(tensor(data, moment.shape, 'float32')));

/** The given tensors by name, when they are exactly those that are expected. */
function checked(
  tensors: Iterable<NamedTensor>,
  expected: Map<string, readonly number[]>,
): Map<string, NamedTensor> {
  const given = new Map([...tensors].map((t) => [t.name, t]));
  for (const [name, shape] of expected) {
    const found = given.get(name);
    if (found === undefined) throw new Error(`the optimiser's state lacks ${name}`);
    if (found.shape.join() !== shape.join())
      throw new Error(`${name} is [${found.shape.join()}] where the optimiser has [${shape.join()}]`);
    if (found.data.length !== shape.reduce((product, size) => product * size, 1))
      throw new Error(`${name} holds ${found.data.length} values, which is not its shape`);
  }
  for (const name of given.keys())
    if (!expected.has(name)) throw new Error(`the optimiser has no state ${name}`);
  return given;
}
