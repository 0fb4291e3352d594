/** safetensors, the format of Hugging Face weights: reading from a stream, tensor by tensor. */
import { ByteReader } from './bytes';
import { toFloat32 } from './dtypes';
import { headerLength, parseHeader, type TensorEntry } from './header';
import { ModelError, type NamedTensor } from './types';

export { writeSafetensors, type TensorSource, type WriteDtype } from './safetensorsWriter';

export interface ReadOptions {
  /** Refuse weights that are NaN or infinite. */
  finite?: boolean;
}

/**
 * Reads tensors in file order while the bytes arrive; holds one tensor and one piece of the stream.
 * F32, F16, BF16 and F64 become float32.
 * @throws ModelError for a file that breaks any rule of the format, ends early or goes on too long
 * @see https://github.com/huggingface/safetensors#format
 */
export async function* readSafetensors(
  stream: AsyncIterable<Uint8Array>,
  fileName: string,
  options: ReadOptions = {},
): AsyncGenerator<NamedTensor, void, undefined> {
  const reader = new ByteReader(stream);
  try {
    const headerBytes = headerLength(await reader.upTo(8), fileName);
    const header = await reader.upTo(headerBytes);
    const { entries, dataBytes } = header.length > 0 ? parseHeader(header, fileName) : noHeader(fileName);
    if (header.length < headerBytes) throw truncated(fileName, 8 + headerBytes, reader.position);
    const fileBytes = 8 + headerBytes + dataBytes;
    for (const entry of entries) yield await readTensor(reader, entry, fileBytes, fileName, options);
    if (await reader.some(1))
      throw new ModelError(`goes on after its last tensor; it should be ${fileBytes} bytes long`, fileName);
  } finally {
    await reader.close();
  }
}

/** Small enough to stay in the processor's cache, and a whole number of elements of every dtype. */
const blockBytes = 1 << 16;

async function readTensor(
  reader: ByteReader,
  entry: TensorEntry,
  fileBytes: number,
  file: string,
  options: ReadOptions,
): Promise<NamedTensor> {
  const { name, dtype, shape } = entry;
  const convert = toFloat32[dtype];
  if (!convert)
    throw new ModelError(
      `tensor "${name}" is ${dtype}; weights must be F32, F16, BF16 or F64. Save the model again in float32`,
      file,
    );
  const bytes = entry.end - entry.begin;
  const data = allocate(shape, name, file);
  const elementBytes = data.length === 0 ? 1 : bytes / data.length;
  // Pieces end anywhere, elements and alignment do not: everything passes through one aligned block.
  const block = new Uint8Array(Math.min(blockBytes, bytes));
  let filled = 0;
  let done = 0;
  for (let left = bytes; left > 0;) {
    const part = await reader.some(Math.min(left, block.length - filled));
    if (!part) throw truncated(file, fileBytes, reader.position, name);
    block.set(part, filled);
    filled += part.length;
    left -= part.length;
    if (filled === block.length || left === 0) {
      convert(block.subarray(0, filled), data, done);
      done += filled / elementBytes;
      filled = 0;
    }
  }
  // A double may be too large for float32.
  if (options.finite || dtype === 'F64') checkFinite(data, name, file);
  return { name, shape, data };
}

function allocate(shape: number[], name: string, file: string): Float32Array {
  const elements = shape.reduce((product, count) => product * count, 1);
  try {
    return new Float32Array(elements);
  } catch (error) {
    const gigabytes = ((4 * elements) / 2 ** 30).toFixed(1);
    throw new ModelError(`tensor "${name}" needs ${gigabytes} GiB, more than this browser gives`, file, {
      cause: error,
    });
  }
}

function checkFinite(data: Float32Array, name: string, file: string): void {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new ModelError(`tensor "${name}" has ${data[at]!} at element ${at}`, file);
}

function truncated(file: string, expected: number, got: number, tensor?: string): ModelError {
  const where = tensor === undefined ? 'in its header' : `in tensor "${tensor}"`;
  return new ModelError(`ends ${where}, after ${got} of ${expected} bytes; download it again`, file);
}

function noHeader(file: string): never {
  throw new ModelError('ends before its header', file);
}
