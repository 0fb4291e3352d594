import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { adapterFolder, type PickedFile } from './adapterFolder';
import { adapterFiles, openAdapter } from './peft';
import { filesOf, gather, tensor } from './testing';

const matrices = [tensor('x.q.lora_A.weight', [2, 6], 1), tensor('x.q.lora_B.weight', [3, 2], 2)];
const settings = { rank: 2, alpha: 4, dropout: 0, targets: ['q'], rankStabilized: false };

async function files(): Promise<Record<string, Uint8Array>> {
  const outgoing = async function* () {
    for (const file of adapterFiles(settings, 'pocket', matrices)) yield await Promise.resolve(file);
  };
  return filesOf(outgoing());
}
const picked = (all: Record<string, Uint8Array>, folder = ''): PickedFile[] =>
  Object.entries(all).map(([name, bytes]) => ({ name: folder + name, bytes }));

test.each(['the files', 'the files in a folder', 'a zip', 'a zip of a folder'])('%s', async (what) => {
  const all = await files();
  const folder = what.includes('folder') ? 'news/' : '';
  const zip = zipSync(Object.fromEntries(picked(all, folder).map(({ name, bytes }) => [name, bytes])));
  const given = what.includes('zip') ? [{ name: 'mine.ZIP', bytes: zip }] : picked(all, folder);
  const opened = await adapterFolder(given);
  expect(opened.label).toBe(folder ? 'news' : what === 'a zip' ? 'mine' : 'adapter');
  const adapter = await openAdapter(opened);
  expect(adapter.settings).toEqual(settings);
  expect(await gather(adapter.tensors())).toEqual(matrices);
});

test('anything else is refused with what there is', async () => {
  const all = await files();
  await expect(adapterFolder([])).rejects.toThrow(/no adapter_config\.json among no files/);
  await expect(adapterFolder([{ name: 'a.bin', bytes: new Uint8Array(3) }])).rejects.toThrow(
    /among a\.bin; an adapter/,
  );
  await expect(adapterFolder([...picked(all, 'a/'), ...picked(all, 'b/')])).rejects.toThrow(
    /several adapters \(a\/adapter_config\.json, b\//,
  );
  await expect(adapterFolder([{ name: 'broken.zip', bytes: Uint8Array.of(1, 2, 3) }])).rejects.toThrow(
    /^broken\.zip: /,
  );
});
