import { expect, test } from 'vitest';
import type { NamedTensor } from '../models/types';
import { Fingerprint } from './fingerprint';

const tensor = (name: string, ...values: number[]): NamedTensor => ({
  name,
  shape: [values.length],
  data: Float32Array.from(values),
});

async function printOf(tensors: NamedTensor[]): Promise<string> {
  const print = new Fingerprint();
  const passed: NamedTensor[] = [];
  const stream = async function* () {
    yield* tensors;
  };
  for await (const one of print.of(stream())) passed.push(one);
  expect(passed).toEqual(tensors);
  return print.text;
}

test('the same weights have the same one in any order, and any other bit or name another', async () => {
  const [a, b] = [tensor('a', 1, 2, 3), tensor('b', 4)];
  const print = await printOf([a, b]);
  expect(print).toMatch(/^[0-9a-f]{8}$/);
  expect(await printOf([b, a])).toBe(print);
  expect(await printOf([tensor('a', 1, 2, 3 + 2 ** -21), b])).not.toBe(print);
  expect(await printOf([tensor('a', 2, 1, 3), b])).not.toBe(print);
  expect(await printOf([tensor('a', 4), tensor('b', 1, 2, 3)])).not.toBe(print);
  expect(await printOf([a])).not.toBe(print);
});
