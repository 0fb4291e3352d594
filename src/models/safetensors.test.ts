import { expect, test } from 'vitest';
import { duplicateKey } from './header';
import { readSafetensors, writeSafetensors } from './safetensors';
import { dice, gather, pieces, rawSafetensors, tensor, whole } from './testing';
import { ModelError } from './types';

const file = 'model.safetensors';
const read = (bytes: Uint8Array, size = 1 << 20, options = {}) =>
  gather(readSafetensors(pieces(bytes, size), file, options));
const bytesOf = (values: ArrayLike<number>) => new Uint8Array(new Float32Array(values).buffer);
const one = (entry: object) => ({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...entry } });

test('reads what it wrote, whatever the size of the pieces', async () => {
  const tensors = [
    tensor('a', [3, 5], 1),
    tensor('scalar', [], 2),
    tensor('empty', [0, 7]),
    tensor('ü "q"\n', [40], 4),
  ];
  const bytes = await whole(writeSafetensors(tensors, { origin: 'test' }));
  for (const size of [1, 3, 7, 8, 64, 1000]) expect(await read(bytes, size)).toEqual(tensors);
});

test('a tensor of many blocks comes back whole', async () => {
  const large = tensor('large', [3, 50_001], 5);
  const bytes = await whole(writeSafetensors([large, tensor('b', [3], 2)]));
  const first = (await read(bytes, 10_007))[0]!;
  expect(first.shape).toEqual(large.shape);
  expect(first.data.every((value, i) => value === large.data[i])).toBe(true);
  const half = await whole(writeSafetensors([large], {}, 'F16'));
  const back = (await read(half, 4099))[0]!;
  expect(back.data.every((value, i) => Math.abs(value - large.data[i]!) <= 2 ** -11 * 2)).toBe(true);
});

test('the header is padded to 8 bytes and says the format', async () => {
  for (let length = 1; length <= 9; length += 1) {
    const bytes = await whole(writeSafetensors([tensor('n'.repeat(length), [1])]));
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)));
    expect(header).toEqual({
      __metadata__: { format: 'pt' },
      ['n'.repeat(length)]: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    });
    expect(bytes.length).toBe(8 + headerBytes + 4);
  }
});

test('the other float types become float32', async () => {
  const data = new Uint8Array(16 + 4 + 4);
  new Float64Array(data.buffer, 0, 2).set([0.1, -3e38]);
  new Uint16Array(data.buffer, 16, 2).set([0x3c00, 0xfbff]);
  new Uint16Array(data.buffer, 20, 2).set([0x3f80, 0xc120]);
  const bytes = rawSafetensors(
    {
      bf: { dtype: 'BF16', shape: [2], data_offsets: [20, 24] },
      d: { dtype: 'F64', shape: [2, 1], data_offsets: [0, 16] },
      h: { dtype: 'F16', shape: [2], data_offsets: [16, 20] },
    },
    data,
  );
  for (const size of [1, 5, 100])
    expect(await read(bytes, size)).toEqual([
      { name: 'd', shape: [2, 1], data: Float32Array.of(0.1, -3e38) },
      { name: 'h', shape: [2], data: Float32Array.of(1, -65504) },
      { name: 'bf', shape: [2], data: Float32Array.of(1, -10) },
    ]);
});

test('shapes may come ahead of a stream of tensors', async () => {
  const tensors = [tensor('a', [2, 2]), tensor('b', [3])];
  async function* late() {
    for (const one of tensors) yield await Promise.resolve(one);
  }
  const shapes = tensors.map(({ name, shape }) => ({ name, shape }));
  expect(await whole(writeSafetensors({ shapes, tensors: late() }))).toEqual(
    await whole(writeSafetensors(tensors)),
  );
  const short = writeSafetensors({ shapes: [...shapes, { name: 'c', shape: [1] }], tensors: late() });
  await expect(whole(short)).rejects.toThrow('"c" was announced and did not come');
  const long = writeSafetensors({ shapes: shapes.slice(1), tensors: late() });
  await expect(whole(long)).rejects.toThrow('"a" [2, 2] was announced as "b" [3]');
});

test('the writer refuses what no reader could take', async () => {
  const twice = writeSafetensors([tensor('a', [1]), tensor('a', [1])]);
  await expect(whole(twice)).rejects.toThrow('two tensors are called "a"');
  const short = writeSafetensors([{ name: 'a', shape: [3], data: Float32Array.of(1, 2) }]);
  await expect(whole(short)).rejects.toThrow('2 values for shape [3]');
  const large = writeSafetensors([{ name: 'a', shape: [1], data: Float32Array.of(70000) }], {}, 'F16');
  await expect(whole(large)).rejects.toThrow('float16');
});

const eight = bytesOf([1, 2]);
test.each<[string, Uint8Array, RegExp]>([
  ['nothing', new Uint8Array(0), /only 0 bytes/],
  ['a web page', new TextEncoder().encode('<!doctype html><html></html>'), /web page/],
  ['an LFS pointer', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'), /Git LFS/],
  ['a zip', new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 8, 8, 8]), /pickle/],
  ['an old pickle', new Uint8Array([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46]), /pickle/],
  [
    'a huge header',
    new Uint8Array([1, 225, 245, 5, 0, 0, 0, 0, 0x7b]),
    /claims 100000001 bytes, more than the 100000000/,
  ],
  ['no header', rawSafetensors('', eight), /not a safetensors/],
  ['a cut header', rawSafetensors(one({}), eight).slice(0, 30), /not valid JSON|ends in its header/],
  ['a header that is a list', rawSafetensors('[]      ', eight), /start with "\{"/],
  ['a header after a space', rawSafetensors(' {}', eight), /start with "\{"/],
  ['a broken header', rawSafetensors('{"a":}', eight), /not valid JSON/],
  ['broken UTF-8', rawSafetensors('{"a\xff', eight).fill(0xff, 10, 12), /not valid JSON/],
  ['a name twice', rawSafetensors('{"a":{},"\\u0061":{}}', eight), /"a" twice/],
  ['a dtype twice', rawSafetensors('{"a":{"dtype":"F32","dtype":"F16"}}', eight), /"dtype" twice/],
  ['metadata that are not texts', rawSafetensors({ __metadata__: { a: 1 } }, eight), /__metadata__/],
  ['an entry that is a text', rawSafetensors({ a: 'F32' }, eight), /"a": its entry/],
  ['no dtype', rawSafetensors(one({ dtype: undefined }), eight), /"a": it has no dtype/],
  ['a strange dtype', rawSafetensors(one({ dtype: 'toString' }), eight), /"toString" is not known/],
  ['a negative shape', rawSafetensors(one({ shape: [-2] }), eight), /shape must be/],
  ['a broken shape', rawSafetensors(one({ shape: [1.5] }), eight), /shape must be/],
  ['a shape beyond numbers', rawSafetensors(one({ shape: [2 ** 50, 2 ** 50] }), eight), /too large/],
  ['offsets that are too few', rawSafetensors(one({ data_offsets: [0] }), eight), /data_offsets/],
  ['offsets that do not fit the shape', rawSafetensors(one({ shape: [3] }), eight), /needs 12 bytes.* 8$/],
  [
    'a hole at the start',
    rawSafetensors(one({ data_offsets: [4, 12] }), bytesOf([0, 1, 2])),
    /4 bytes before/,
  ],
  [
    'an overlap',
    rawSafetensors(
      { ...one({}), b: { dtype: 'F32', shape: [2], data_offsets: [4, 12] } },
      bytesOf([0, 1, 2]),
    ),
    /"b" overlaps/,
  ],
  ['a cut tensor', rawSafetensors(one({}), eight.slice(0, 7)), /ends in tensor "a", after \d+ of \d+/],
  ['bytes too many', rawSafetensors(one({}), new Uint8Array([...eight, 0])), /goes on after its last/],
  [
    'whole numbers',
    rawSafetensors(one({ dtype: 'I64', shape: [1] }), eight),
    /"a" is I64; weights must be F32, F16, BF16 or F64/,
  ],
  [
    'a double too large',
    rawSafetensors(one({ dtype: 'F64', shape: [1] }), new Uint8Array(Float64Array.of(1e300).buffer)),
    /Infinity/,
  ],
])('%s is refused in words', async (_, bytes, why) => {
  for (const size of [1, 1000]) {
    const reading = read(bytes, size);
    await expect(reading).rejects.toBeInstanceOf(ModelError);
    await expect(reading).rejects.toThrow(why);
    await expect(reading).rejects.toThrow(/^model\.safetensors: /);
  }
});

test('weights that are no numbers are found where asked for', async () => {
  const bytes = rawSafetensors(one({}), bytesOf([1, NaN]));
  expect((await read(bytes))[0]!.data[1]).toBeNaN();
  await expect(read(bytes, 100, { finite: true })).rejects.toThrow('"a" has NaN at element 1');
});

test('a tensor called __proto__ is a tensor', async () => {
  const odd = tensor('__proto__', [2]);
  expect(await read(await whole(writeSafetensors([odd])))).toEqual([odd]);
});

test('keys that only look alike are not duplicates', () => {
  expect(duplicateKey('{"a":{"b":["b","a","a"],"c":"\\"a\\":"},"b":{"b":{}}}')).toBeNull();
  expect(duplicateKey('{"x":[{"k":1},{"k":2,"j":{"k":3},"k":4}]}')).toBe('k');
});

test('a reader that stops early ends the stream', async () => {
  let ended = false;
  const bytes = await whole(writeSafetensors([tensor('a', [100]), tensor('b', [100])]));
  async function* stream() {
    try {
      yield* pieces(bytes, 50);
    } finally {
      ended = true;
    }
  }
  for await (const first of readSafetensors(stream(), file)) {
    expect(first.name).toBe('a');
    break;
  }
  expect(ended).toBe(true);
});

test('no more is read than the tensor that is asked for, so that memory holds one of them', async () => {
  const tensors = ['a', 'b', 'c', 'd'].map((name, i) => tensor(name, [1000], i));
  const bytes = await whole(writeSafetensors(tensors));
  let read = 0;
  async function* stream() {
    for await (const piece of pieces(bytes, 100)) {
      read += piece.length;
      yield piece;
    }
  }
  const header = bytes.length - 4 * 4000;
  let n = 0;
  for await (const { data } of readSafetensors(stream(), file)) {
    n += 1;
    expect(read).toBeLessThanOrEqual(header + n * 4000 + 100);
    // Its own memory, not a view of anything larger that would stay with it.
    expect(data.buffer.byteLength).toBe(4000);
  }
  expect(n).toBe(4);
});

test('whatever happens to a file, the reader gives right values or a ModelError', async () => {
  const tensors = [tensor('encoder.weight', [4, 3], 1), tensor('b', [2], 2), tensor('c', [], 3)];
  const good = await whole(writeSafetensors(tensors));
  const headerBytes = Number(new DataView(good.buffer).getBigUint64(0, true));
  const roll = dice(20);
  let refused = 0;
  let read_ = 0;
  for (let round = 0; round < 600; round += 1) {
    const bad = mutated(good, 8 + headerBytes, roll);
    try {
      for (const got of await read(bad, 1 + roll(200))) {
        // A changed name or shape of the same size is still a file; the numbers must be those in it.
        const at = tensors.findIndex((one) => one.data.length === got.data.length);
        expect(got.shape.reduce((product, count) => product * count, 1)).toBe(got.data.length);
        if (at >= 0 && got.name === tensors[at]!.name) expect(got.data).toEqual(tensors[at]!.data);
      }
      read_ += 1;
    } catch (error) {
      expect(error, String((error as Error).stack)).toBeInstanceOf(ModelError);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(300);
  expect(read_).toBeGreaterThan(0);
});

/** A few random bytes of the header changed, removed or put in, or digits swapped. */
function mutated(good: Uint8Array, header: number, roll: (n: number) => number): Uint8Array {
  let bytes = good.slice();
  for (let count = 1 + roll(3); count > 0; count -= 1) {
    const at = roll(header);
    const kind = roll(5);
    if (kind === 0) bytes[at] = roll(256);
    if (kind === 1) bytes = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]);
    if (kind === 2) bytes = new Uint8Array([...bytes.subarray(0, at), roll(256), ...bytes.subarray(at)]);
    if (kind === 3) {
      const digits = [...bytes.keys()].filter(
        (i) => i >= 8 && i < header && bytes[i]! >= 48 && bytes[i]! <= 57,
      );
      if (digits.length > 0) bytes[digits[roll(digits.length)]!] = 48 + roll(10);
    }
    if (kind === 4) bytes = bytes.slice(0, Math.max(1, bytes.length - roll(bytes.length)));
  }
  return bytes;
}
