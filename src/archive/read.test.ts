import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { openArchive, readEntry } from './read';

const bytes = (text: string) => new TextEncoder().encode(text);
const archive = () =>
  zipSync({
    'a.txt': [bytes('stored'), { level: 0 }],
    'b/c.txt': [bytes('deflated '.repeat(100)), { level: 9 }],
    'b/': new Uint8Array(0),
  });
async function unpack(file: Uint8Array, most = 1e6): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await openArchive(new Blob([file as Uint8Array<ArrayBuffer>]), most))
    files.set(entry.path, await readEntry(entry, most));
  return files;
}

/** Offsets of a signature. */
const places = (file: Uint8Array, ...signature: number[]) =>
  [...file.keys()].filter((i) => signature.every((byte, k) => file[i + k] === byte));

test('files come out as they went in, folders do not', async () => {
  const files = await unpack(archive());
  expect([...files.keys()]).toEqual(['a.txt', 'b/c.txt']);
  expect(new TextDecoder().decode(files.get('b/c.txt'))).toBe('deflated '.repeat(100));
});

test('every bit of the content counts: a changed one is found', async () => {
  const whole = archive();
  const [first] = places(whole, 0x50, 0x4b, 3, 4);
  const at = first! + 30 + 'a.txt'.length;
  for (let bit = 0; bit < 8; bit++) {
    const damaged = whole.slice();
    damaged[at]! ^= 1 << bit;
    await expect(unpack(damaged)).rejects.toThrow();
  }
});

test('an archive that is cut anywhere is refused', async () => {
  const whole = archive();
  for (let length = 0; length < whole.length; length += 3)
    await expect(unpack(whole.subarray(0, length))).rejects.toThrow();
});

test.each(['../up.txt', 'a/../../up.txt', '/root.txt', 'C:\\x.txt', '..\\up.txt'])(
  '%j leads out',
  async (path) => {
    await expect(unpack(zipSync({ [path]: bytes('x') }))).rejects.toThrow('Unsafe filename');
  },
);

test('names that objects have anyway are names like others', async () => {
  const files = await unpack(zipSync({ constructor: bytes('x'), toString: bytes('y') }));
  expect([...files.keys()]).toEqual(['constructor', 'toString']);
});

test('a bomb is refused by what it announces, and one that lies by what it gives', async () => {
  const bomb = zipSync({ 'a.txt': [new Uint8Array(5e6), { level: 9 }] });
  await expect(unpack(bomb)).rejects.toThrow('more than 1 MB');
  const [entry] = places(bomb, 0x50, 0x4b, 1, 2);
  const lying = bomb.slice();
  new DataView(lying.buffer).setUint32(entry! + 24, 1000, true);
  await expect(unpack(lying)).rejects.toThrow();
});
