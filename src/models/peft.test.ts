import { expect, test } from 'vitest';
import { memoryFolder } from './folder';
import { adapterFiles, openAdapter, type PeftSettings } from './peft';
import { writeSafetensors } from './safetensors';
import { filesOf, gather, json, tensor, whole } from './testing';

const settings: PeftSettings = {
  rank: 2,
  alpha: 4,
  dropout: 0.1,
  targets: ['q', 'v'],
  rankStabilized: false,
};
const matrices = [tensor('block.q.lora_A.weight', [2, 6], 1), tensor('block.q.lora_B.weight', [3, 2], 2)];

async function* outgoing(files: ReturnType<typeof adapterFiles>) {
  for (const file of files) yield await Promise.resolve(file);
}

/** A folder with some settings changed. */
async function changed(other: Record<string, unknown>) {
  const files = await filesOf(outgoing(adapterFiles(settings, 'google/flan-t5-small', matrices)));
  const config = JSON.parse(new TextDecoder().decode(files['adapter_config.json'])) as object;
  return { ...files, 'adapter_config.json': json({ ...config, ...other }) };
}

test('an adapter that is written opens as it was', async () => {
  const opened = await openAdapter(memoryFolder(await changed({})));
  expect(opened.settings).toEqual(settings);
  expect(opened.baseModel).toBe('google/flan-t5-small');
  expect(await gather(opened.tensors())).toEqual(matrices);
});

test('tensors may come one by one, and are named as PEFT names them', async () => {
  const coming = (async function* () {
    for (const matrix of matrices) yield await Promise.resolve(matrix);
  })();
  const files = await filesOf(outgoing(adapterFiles(settings, null, { shapes: matrices, tensors: coming })));
  const opened = await openAdapter(memoryFolder(files));
  expect(opened.baseModel).toBeNull();
  expect(await gather(opened.tensors())).toEqual(matrices);
  expect(new TextDecoder().decode(files['adapter_model.safetensors']!.subarray(8))).toContain(
    '"base_model.model.block.q.lora_A.weight"',
  );
});

test('settings that PEFT leaves out have its defaults', async () => {
  const config = { peft_type: 'LORA', target_modules: ['k'], something_new: null };
  const opened = await openAdapter(memoryFolder({ 'adapter_config.json': json(config) }));
  const byDefault = { rank: 8, alpha: 8, dropout: 0, targets: ['k'], rankStabilized: false };
  expect(opened.settings).toEqual(byDefault);
});

test.each([
  [{ peft_type: 'IA3' }, /adapter_config\.json: peft_type is "IA3"; only "LORA"/],
  [{ use_dora: true }, /use_dora is true: DoRA is not supported; expected false/],
  [{ bias: 'all' }, /bias is "all": trained biases is not supported; expected "none"/],
  [{ modules_to_save: ['lm_head'] }, /modules_to_save is \["lm_head"\].*expected nothing there/],
  [{ rank_pattern: { q: 4 } }, /rank_pattern is \{"q":4\}: ranks by module/],
  [{ alpha_pattern: { q: 4 } }, /alpha_pattern/],
  [{ layers_to_transform: [0] }, /layers_to_transform/],
  [{ fan_in_fan_out: true }, /fan_in_fan_out/],
  [{ init_lora_weights: 'pissa' }, /init_lora_weights is "pissa"/],
  [{ target_modules: '.*q' }, /target_modules is "\.\*q"; expected a list/],
  [{ target_modules: [] }, /target_modules is \[\]/],
  [{ r: 0 }, /r is 0; expected a whole number above 0/],
  [{ lora_dropout: 1 }, /lora_dropout is 1/],
  [{ lora_alpha: 'x' }, /lora_alpha is "x"; expected a number/],
  [{ use_rslora: 1 }, /use_rslora is 1; expected true or false/],
])('%j is refused', async (other, message) => {
  await expect(openAdapter(memoryFolder(await changed(other)))).rejects.toThrow(message);
});

test('says which file is missing or strange', async () => {
  await expect(openAdapter(memoryFolder({}, 'here'))).rejects.toThrow(/here has no adapter_config\.json/);
  const { 'adapter_config.json': config } = await changed({});
  const reading = async (files: Record<string, Uint8Array>) =>
    gather((await openAdapter(memoryFolder({ 'adapter_config.json': config, ...files }, 'here'))).tensors());
  await expect(reading({})).rejects.toThrow(/here has no adapter_model\.safetensors/);
  await expect(reading({ 'adapter_model.bin': json(1) })).rejects.toThrow(/pickle/);
  const stray = await whole(writeSafetensors([tensor('base_model.model.lm_head.weight', [2, 2])]));
  await expect(reading({ 'adapter_model.safetensors': stray })).rejects.toThrow(
    /adapter_model\.safetensors: tensor "base_model\.model\.lm_head\.weight" is no LoRA matrix/,
  );
  await expect(openAdapter(memoryFolder({ 'adapter_config.json': json([1]) }))).rejects.toThrow(/object/);
});
