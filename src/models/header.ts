import { dtypeBytes } from './dtypes';
import { ModelError } from './types';

/** One tensor of a safetensors file; offsets in bytes from the end of the header. */
export interface TensorEntry {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  /** In the order in which they lie in the file. */
  entries: TensorEntry[];
  /** Bytes after the header. */
  dataBytes: number;
}

/** The format's own limit. */
export const largestHeader = 100_000_000;

/**
 * Length of the JSON header, from the first 8 bytes of the file.
 * @throws ModelError when these are not the first bytes of a safetensors file
 */
export function headerLength(start: Uint8Array, file: string): number {
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const length = start.length < 8 ? 0n : view.getBigUint64(0, true);
  if (length >= 2n && length <= BigInt(largestHeader)) return Number(length);
  const claimed = `its header claims ${length} bytes, more than the ${largestHeader} that the format allows; it is damaged, or no safetensors file`;
  throw new ModelError(
    otherFormat(start) ?? (length < 2n ? 'is not a safetensors file, or not a whole one' : claimed),
    file,
  );
}

/** What a file that is no safetensors file looks like, from its first bytes. */
function otherFormat(start: Uint8Array): string | undefined {
  const text = new TextDecoder('latin1').decode(start);
  if (text.startsWith('version'))
    return 'is a Git LFS pointer, not the weights themselves; fetch the real file ("git lfs pull")';
  if (text.startsWith('<')) return 'is a web page, not a safetensors file; the server has no such file';
  if (text.startsWith('PK') || text.startsWith('\x80\x02'))
    return 'is a PyTorch pickle, not a safetensors file';
  if (start.length < 8) return `is only ${start.length} bytes long; it is not a whole safetensors file`;
  return undefined;
}

/**
 * Checks everything the format promises: JSON object, known dtypes, bytes that fit the shapes, tensors that
 * tile the data without overlap or hole, no name twice.
 * @throws ModelError that names the file and, where there is one, the tensor
 */
export function parseHeader(bytes: Uint8Array, file: string): SafetensorsHeader {
  if (bytes[0] !== 0x7b) throw new ModelError('its header does not start with "{"', file);
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (error) {
    throw new ModelError(`its header is not valid JSON (${(error as Error).message})`, file, {
      cause: error,
    });
  }
  const twice = duplicateKey(text);
  if (twice !== null) throw new ModelError(`its header has "${twice}" twice`, file);
  const entries: TensorEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json as Record<string, unknown>)) {
    if (name === '__metadata__') metadata = parseMetadata(value, file);
    else entries.push(parseEntry(name, value, file));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  return { metadata, entries, dataBytes: checkTiling(entries, file) };
}

function parseMetadata(value: unknown, file: string): Record<string, string> {
  if (!isObject(value) || !Object.values(value).every((entry) => typeof entry === 'string'))
    throw new ModelError('its __metadata__ must hold texts only', file);
  return value as Record<string, string>;
}

function parseEntry(name: string, value: unknown, file: string): TensorEntry {
  const refuse = (why: string) => new ModelError(`tensor "${name}": ${why}`, file);
  if (!isObject(value)) throw refuse('its entry is not an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw refuse('it has no dtype');
  const size = Object.hasOwn(dtypeBytes, dtype) ? dtypeBytes[dtype] : undefined;
  if (size === undefined) throw refuse(`its dtype "${dtype}" is not known`);
  if (!isCounts(shape)) throw refuse('its shape must be a list of whole numbers');
  if (!isCounts(offsets) || offsets.length !== 2) throw refuse('its data_offsets must be two whole numbers');
  const [begin, end] = offsets as [number, number];
  const expected = shape.reduce((product, count) => product * count, size);
  if (!Number.isSafeInteger(expected)) throw refuse(`its shape [${shape.join(', ')}] is too large`);
  if (end - begin !== expected)
    throw refuse(
      `its ${dtype} [${shape.join(', ')}] needs ${expected} bytes, but its offsets give ${end - begin}`,
    );
  return { name, dtype, shape, begin, end };
}

function checkTiling(entries: TensorEntry[], file: string): number {
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin < at) throw new ModelError(`tensor "${name}" overlaps the one before it`, file);
    if (begin > at) throw new ModelError(`${begin - at} bytes before tensor "${name}" belong to none`, file);
    at = end;
  }
  return at;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/**
 * The first key that an object of this valid JSON text has twice, which JSON.parse would pass over. In valid
 * JSON a string is a key exactly when it comes first in an object or after a comma of one.
 */
export function duplicateKey(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  let keyNext = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (c === '{' || c === '[') {
      open.push(c === '{' ? new Set() : null);
      keyNext = c === '{';
    } else if (c === '}' || c === ']') {
      open.pop();
      keyNext = false;
    } else if (c === ',') {
      keyNext = Boolean(open.at(-1));
    } else if (c === '"') {
      const from = i;
      for (i += 1; text[i] !== '"'; i += 1) if (text[i] === '\\') i += 1;
      if (!keyNext) continue;
      keyNext = false;
      const key = JSON.parse(text.slice(from, i + 1)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return null;
}
