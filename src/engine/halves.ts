/** Half-precision numbers (IEEE 754 binary16) on the host: frozen weights are kept so, two in a word. */

let values: Float32Array | undefined;

/** The value of each of the 65,536 halves. */
function table(): Float32Array {
  return (values ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  }));
}

/** The numbers of a range of halves, as float32. */
export function halvesOf(words: {
  buffer: ArrayBufferLike;
  byteOffset: number;
  byteLength: number;
}): Float32Array {
  const halves = new Uint16Array(words.buffer, words.byteOffset, words.byteLength / 2);
  const lookup = table();
  const out = new Float32Array(halves.length);
  for (let i = 0; i < out.length; i++) out[i] = lookup[halves[i]!]!;
  return out;
}

/**
 * The halves nearest to float32 numbers, ties to even.
 * @throws RangeError with the first number that is too large to be a half, or is none
 */
export function toHalves(data: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const out = new Uint16Array(data.length);
  for (let i = 0; i < out.length; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    const sign = (bits[i]! >>> 16) & 0x8000;
    // From 65520 up a number would round to infinity.
    if (magnitude >= 0x477ff000)
      throw new RangeError(`${data[i]!} at ${i} is beyond what half precision holds`);
    if (magnitude >= 0x38800000) {
      // Drop 13 bits of the fraction and rebias by 15 − 127; a carry runs into the exponent, as it should.
      const rebiased = magnitude - 0x38000000;
      out[i] = sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
      continue;
    }
    // Below the smallest normal half: a whole count of 2^-24.
    const scaled = Math.abs(data[i]!) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    out[i] = sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
  }
  return out;
}
