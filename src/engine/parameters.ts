/** Tensors of a model on the device: its weights, or what goes with each weight (gradients, moments). */
import { halvesOf, toHalves } from './halves';
import type { Executor } from './program/executor';
import type { ProgramBuffer, View } from './program/program';
import { alignmentOf, ArenaSet, sizeOf, type Layout, type TensorPlace } from './t5/layout';
import type { NamedTensor } from './types';

/** A tensor's range from the last bindable offset before it, and the number in that range at which it starts. */
function around(place: TensorPlace, buffer: ProgramBuffer): { view: View; start: number; size: number } {
  const half = buffer.dtype === 'f16';
  const alignment = alignmentOf(half ? 'f16' : 'f32');
  const begin = Math.floor(place.offset / alignment) * alignment;
  const start = place.offset - begin;
  const size = sizeOf(place.shape);
  const [offset, length] = half ? [begin / 2, Math.ceil((start + size) / 2)] : [begin, start + size];
  return { view: { buffer, offset, length }, start, size };
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
  const { view, start, size } = around(place, buffer);
  if (buffer.dtype === 'f16') {
    const halves = halvesFor(place.name, data);
    const words = start === 0 && size % 2 === 0 ? new Uint32Array(size / 2) : await executor.readUint32(view);
    new Uint16Array(words.buffer).set(halves, start);
    executor.write(view, words);
    return;
  }
  if (start === 0) {
    executor.write(view, data);
    return;
  }
  const range = await executor.read(view);
  range.set(data, start);
  executor.write(view, range);
}

function halvesFor(name: string, data: Float32Array): Uint16Array {
  try {
    return toHalves(data);
  } catch (error) {
    throw new RangeError(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function readTensor(
  executor: Executor,
  place: TensorPlace,
  buffer: ProgramBuffer,
): Promise<Float32Array> {
  const { view, start, size } = around(place, buffer);
  if (buffer.dtype !== 'f16') return (await executor.read(view)).subarray(start);
  return halvesOf(await executor.readUint32(view)).subarray(start, start + size);
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

  /** A host copy of one tensor as float32, row-major. */
  read(name: string): Promise<Float32Array> {
    const { place, buffer } = this.#find(name);
    return readTensor(this.executor, place, buffer);
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
