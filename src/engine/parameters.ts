/** Tensors of a model on the device: its weights, or what goes with each weight (gradients, moments). */
import type { Executor } from './program/executor';
import { viewAlignment, type ProgramBuffer, type View } from './program/program';
import { ArenaSet, sizeOf, type Layout, type TensorPlace } from './t5/layout';
import type { NamedTensor } from './types';

/** A tensor's range from the last bindable offset before it, and where in that range it starts. */
function around(place: TensorPlace, buffer: ProgramBuffer): { view: View; start: number } {
  const offset = Math.floor(place.offset / viewAlignment) * viewAlignment;
  const start = place.offset - offset;
  return { view: { buffer, offset, length: start + sizeOf(place.shape) }, start };
}

/** Writes one tensor; numbers of its neighbours that share its range are kept. */
export async function writeTensor(
  executor: Executor,
  place: TensorPlace,
  buffer: ProgramBuffer,
  data: Float32Array,
): Promise<void> {
  if (data.length !== sizeOf(place.shape))
    throw new Error(`${place.name} has ${data.length} numbers, expected ${sizeOf(place.shape)}`);
  const { view, start } = around(place, buffer);
  if (start === 0) {
    executor.write(view, data);
    return;
  }
  const range = await executor.read(view);
  range.set(data, start);
  executor.write(view, range);
}

export class Parameters extends ArenaSet {
  readonly #places: ReadonlyMap<string, TensorPlace>;

  /** Takes buffers that are on the device, or allocates its own, zeroed. */
  constructor(
    readonly executor: Executor,
    layout: Layout,
    name: string,
    buffers?: readonly ProgramBuffer[],
  ) {
    super(layout, name, buffers);
    this.#places = new Map(layout.tensors.map((place) => [place.name, place]));
    if (!buffers) for (const buffer of this.buffers) executor.allocate(buffer);
  }

  /** Hugging Face names, in order. */
  get names(): string[] {
    return [...this.#places.keys()];
  }

  /** Numbers in all tensors together. */
  get size(): number {
    return this.layout.parameterCount;
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** @throws Error for a name that is not a tensor's */
  shape(name: string): number[] {
    return this.#find(name).place.shape.slice();
  }

  /** A host copy of one tensor, row-major. */
  async read(name: string): Promise<Float32Array> {
    const { place, buffer } = this.#find(name);
    const { view, start } = around(place, buffer);
    return (await this.executor.read(view)).subarray(start);
  }

  /** Puts values in the place of a tensor's own. @throws Error for another number of values */
  async assign(name: string, data: Float32Array): Promise<void> {
    const { place, buffer } = this.#find(name);
    await writeTensor(this.executor, place, buffer, data);
  }

  /** Host copies of all tensors, one at a time. */
  async *tensors(): AsyncGenerator<NamedTensor> {
    for (const { name, shape } of this.#places.values())
      yield { name, shape: shape.slice(), data: await this.read(name) };
  }

  dispose(): void {
    for (const buffer of this.buffers) this.executor.free(buffer);
  }

  #find(name: string): { place: TensorPlace; buffer: ProgramBuffer } {
    const place = this.#places.get(name);
    const buffer = place && this.buffers[place.arena];
    if (!place || !buffer) throw new Error(`the model has no parameter ${name}`);
    return { place, buffer };
  }
}
