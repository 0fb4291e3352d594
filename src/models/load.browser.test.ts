import { expect, test } from 'vitest';
import { urlFolder } from './folder';
import { openModel } from './load';
import type { FileProgress } from './types';

const models = new URL('/models/', location.href).href;

test('streams the pocket model into the page', async () => {
  const seen = new Map<string, FileProgress>();
  const model = await openModel(urlFolder(`${models}pocket`), (p) => seen.set(p.path, p), { finite: true });
  let parameters = 0;
  const names: string[] = [];
  for await (const { name, data } of model.tensors()) {
    parameters += data.length;
    names.push(name);
  }
  expect(names).toHaveLength(69);
  expect(names).toContain('decoder.block.1.layer.2.DenseReluDense.wi_1.weight');
  expect(parameters).toBe(2_459_904);
  expect(seen.get('model.safetensors')!.loaded).toBeGreaterThan(2 * parameters);
});

test('a folder that is not there says so, whatever the server answers for it', async () => {
  await expect(openModel(urlFolder(`${models}nobody`))).rejects.toThrow(/models\/nobody has no config\.json/);
});
