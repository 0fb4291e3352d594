import { tensor, tidy, variable, type Tensor, type Variable } from './tf';

/**
 * The trainable tensors of a model: ordered, named as Hugging Face names them, float32, on the device.
 * A parameter is always replaced by a new tensor, never written in place: the WASM backend keeps a packed copy
 * of a weight for as long as its tensor lives.
 */
export class Parameters {
  readonly #variables = new Map<string, Variable>();

  /** Names in order. */
  get names(): string[] {
    return [...this.#variables.keys()];
  }

  /** Numbers in all parameters together. */
  get size(): number {
    let size = 0;
    for (const parameter of this.#variables.values()) size += parameter.size;
    return size;
  }

  has(name: string): boolean {
    return this.#variables.has(name);
  }

  /** @throws Error for a name that is not a parameter's */
  get(name: string): Variable {
    const found = this.#variables.get(name);
    if (found === undefined) throw new Error(`the model has no parameter ${name}`);
    return found;
  }

  shape(name: string): number[] {
    return this.get(name).shape;
  }

  entries(): IterableIterator<[string, Variable]> {
    return this.#variables.entries();
  }

  /** Adds a parameter behind the others; the values are copied to the device. */
  add(name: string, shape: number[], data: Float32Array): void {
    if (this.#variables.has(name)) throw new Error(`the model already has a parameter ${name}`);
    checkLength(name, shape, data);
    this.#variables.set(
      name,
      tidy(() => variable(tensor(data, shape, 'float32'))),
    );
  }

  remove(name: string): void {
    this.get(name).dispose();
    this.#variables.delete(name);
  }

  /** Puts the parameters into a given order of names. */
  reorder(names: Iterable<string>): void {
    const ordered = [...names].map((name) => [name, this.get(name)] as const);
    this.#variables.clear();
    for (const [name, parameter] of ordered) this.#variables.set(name, parameter);
  }

  /** A host copy, row-major. */
  async read(name: string): Promise<Float32Array> {
    const values = await this.get(name).data<'float32'>();
    // Backends may hand out memory that they use again.
    return values.slice();
  }

  /** Replaces a parameter's values. */
  assign(name: string, data: Float32Array): void {
    const parameter = this.get(name);
    checkLength(name, parameter.shape, data);
    tidy(() => parameter.assign(tensor(data, parameter.shape, 'float32')));
  }

  /** Replaces a parameter by a tensor that is already on the device; the caller disposes of that. */
  replace(name: string, value: Tensor): void {
    this.get(name).assign(value);
  }

  dispose(): void {
    for (const parameter of this.#variables.values()) parameter.dispose();
    this.#variables.clear();
  }
}

function checkLength(name: string, shape: number[], data: Float32Array): void {
  const size = shape.reduce((product, length) => product * length, 1);
  if (data.length !== size)
    throw new RangeError(`${name}: ${data.length} values for the shape [${shape.join(', ')}]`);
}
