/** Number formats of weights in files, and float32. All little-endian, as every browser's host is. */

/** Bytes of one element of each dtype that a safetensors header may name. */
export const dtypeBytes: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  C64: 8,
  F64: 8,
  I64: 8,
  U64: 8,
};

/** Writes elements from `bytes` (whole elements only) into `out` from `at`. */
export type ToFloat32 = (bytes: Uint8Array<ArrayBuffer>, out: Float32Array, at: number) => void;

/** Dtypes that are read as weights. */
export const toFloat32: Readonly<Record<string, ToFloat32>> = {
  F32: (bytes, out, at) => out.set(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), at),
  F16: (bytes, out, at) => {
    const table = halfTable();
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    for (let i = 0; i < halves.length; i += 1) out[at + i] = table[halves[i] as number] as number;
  },
  BF16: (bytes, out, at) => {
    // The upper half of a float32. Written as bits, so that NaN payloads are left alone.
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    const bits = new Uint32Array(out.buffer, out.byteOffset + 4 * at, halves.length);
    for (let i = 0; i < halves.length; i += 1) bits[i] = (halves[i] as number) << 16;
  },
  F64: (bytes, out, at) => out.set(new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8), at),
};

let table: Float32Array | undefined;

/** The value of each of the 65,536 halves; a look-up is several times faster than taking bits apart. */
function halfTable(): Float32Array {
  return (table ??= Float32Array.from({ length: 65536 }, (_, bits) => halfValue(bits)));
}

/** IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** The binary16 nearest to a float32, ties to even; too large becomes infinity. */
export function halfBits(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From 65520 up everything rounds to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // Normal: drop 13 bits of fraction, rebias by 15 − 127. A carry runs into the exponent, as it should.
    const rebiased = magnitude - 0x38000000;
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  // Subnormal: a whole count of 2^-24. The scaling is exact, so rounding happens once, here.
  const scaled = Math.abs(scratch[0]) * 2 ** 24;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  return sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
}
