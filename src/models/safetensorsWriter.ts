import { halfBits } from './dtypes';
import { ModelError, type NamedTensor } from './types';

export type WriteDtype = 'F32' | 'F16';

/**
 * Tensors to write. The header comes first in the file, so shapes must be known before the values: either
 * all tensors are at hand, or their shapes come ahead in the order in which they will arrive.
 */
export type TensorSource =
  | Iterable<NamedTensor>
  | { shapes: { name: string; shape: number[] }[]; tensors: AsyncIterable<NamedTensor> };

/** Bytes of values made at a time: memory stays small whatever the tensor. */
const blockElements = 1 << 20;

/**
 * Writes a safetensors file as a stream: `{"format":"pt"}` unless the metadata say otherwise, a header
 * padded to 8 bytes, the values little-endian in the order given.
 * @param dtype F16 rounds to nearest, ties to even
 * @throws ModelError when a tensor does not fit its shape or float16, or the stream is not what was announced
 */
export async function* writeSafetensors(
  source: TensorSource,
  metadata: Record<string, string> = {},
  dtype: WriteDtype = 'F32',
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { shapes, tensors } = planned(source);
  yield header(shapes, { format: 'pt', ...metadata }, dtype);
  let next = 0;
  for await (const tensor of tensors) {
    const expected = shapes[next];
    next += 1;
    if (expected?.name !== tensor.name || expected.shape.join() !== tensor.shape.join())
      throw new ModelError(
        `tensor "${tensor.name}" [${tensor.shape.join(', ')}] was announced as ` +
          (expected ? `"${expected.name}" [${expected.shape.join(', ')}]` : 'nothing at all'),
      );
    if (tensor.data.length !== elements(tensor.shape))
      throw new ModelError(
        `tensor "${tensor.name}" has ${tensor.data.length} values for shape [${tensor.shape.join(', ')}]`,
      );
    for (let at = 0; at < tensor.data.length; at += blockElements) {
      const block = tensor.data.subarray(at, at + blockElements);
      yield dtype === 'F32' ? bytesOf(block) : halves(block, tensor.name);
    }
  }
  const missing = shapes[next];
  if (missing) throw new ModelError(`tensor "${missing.name}" was announced and did not come`);
}

function planned(source: TensorSource) {
  if ('shapes' in source) return source;
  const list = [...source];
  return { shapes: list, tensors: list };
}

function header(
  shapes: { name: string; shape: number[] }[],
  metadata: Record<string, string>,
  dtype: WriteDtype,
): Uint8Array<ArrayBuffer> {
  const entries = new Map<string, unknown>([['__metadata__', metadata]]);
  let at = 0;
  for (const { name, shape } of shapes) {
    if (entries.has(name)) throw new ModelError(`two tensors are called "${name}"`);
    const end = at + elements(shape) * (dtype === 'F32' ? 4 : 2);
    entries.set(name, { dtype, shape, data_offsets: [at, end] });
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  return bytes;
}

function elements(shape: number[]): number {
  return shape.reduce((product, count) => product * count, 1);
}

/** A copy, since the caller may free or overwrite the tensor while the bytes are under way. */
function bytesOf(block: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Float32Array(block).buffer);
}

function halves(block: Float32Array, name: string): Uint8Array<ArrayBuffer> {
  const out = new Uint16Array(block.length);
  for (let i = 0; i < block.length; i += 1) {
    const value = block[i] as number;
    const bits = halfBits(value);
    if ((bits & 0x7fff) === 0x7c00 && Number.isFinite(value))
      throw new ModelError(`tensor "${name}" holds ${value}, which float16 cannot; save it as float32`);
    out[i] = bits;
  }
  return new Uint8Array(out.buffer);
}
