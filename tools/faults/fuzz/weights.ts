/** Readers of weights and archives: safetensors, zip, PEFT's config, a model's config and tokenizer. */
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openArchive, readEntry } from '../../../src/archive/read';
import { parseT5Config } from '../../../src/engine/t5/config';
import { memoryFolder } from '../../../src/models/folder';
import { parseHubRepo } from '../../../src/models/hub/address';
import { openAdapter } from '../../../src/models/peft';
import { readSafetensors } from '../../../src/models/safetensors';
import { ModelError, type NamedTensor } from '../../../src/models/types';
import { root } from '../../project.mjs';
import { changedJson, damaged, type Damaged } from './damage';
import { must, refused, stream, utf8, type Target } from './target';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(root, 'tests/fixtures', name), 'utf8'));

interface Tensor {
  name: string;
  shape: number[];
  values: number[];
}

const tensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.stringMatching(/^[a-z._]{1,12}$/), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }))
  .chain(([name, shape]) => {
    const length = shape.reduce((product, n) => product * n, 1);
    return fc
      .array(fc.float({ noNaN: true }), { minLength: length, maxLength: length })
      .map((values) => ({ name, shape, values }));
  });

/** Written here by the format's own description, not by the page's writer. */
function written(tensors: readonly Tensor[]): Uint8Array {
  let at = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const { name, shape, values } of tensors)
    header[name] = { dtype: 'F32', shape, data_offsets: [at, (at += 4 * values.length)] };
  const text = utf8(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(
    new Uint8Array(Float32Array.from(tensors.flatMap(({ values }) => values)).buffer),
    8 + text.length,
  );
  return file;
}

export const safetensors: Target<{ made: Tensor[] } & Damaged> = {
  name: 'safetensors',
  input: damaged(fc.uniqueArray(tensor, { maxLength: 4, selector: ({ name }) => name }), written),
  size: ({ bytes }) => bytes.length,
  read: async ({ bytes, made, whole }) => {
    const read: NamedTensor[] = [];
    try {
      for await (const t of readSafetensors(stream(bytes), 'a.safetensors'))
        read.push({ ...t, data: t.data.slice() });
    } catch (error) {
      return refused(error, [ModelError], 'a.safetensors');
    }
    // Accepted: then every number lies where the header says, and nothing lies elsewhere.
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    const names = Object.keys(header).filter((name) => name !== '__metadata__');
    must(names.length === read.length, `${names.length} tensors became ${read.length}`);
    for (const { name, data, shape } of read) {
      const entry = header[name]!;
      must(JSON.stringify(entry.shape) === JSON.stringify(shape), `${name}: another shape`);
      if (entry.dtype !== 'F32') continue;
      const raw = bytes.slice(8 + length + entry.data_offsets[0], 8 + length + entry.data_offsets[1]);
      must(
        Buffer.from(raw).equals(Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
        `${name}: other numbers`,
      );
    }
    if (whole) must(read.length === made.length, 'tensors are missing');
  },
};

const zipped = fc.uniqueArray(
  fc.record({
    name: fc.oneof(
      fc.stringMatching(/^[a-z/]{1,10}\.(csv|json)$/),
      fc.constantFrom('../x.csv', '/x.csv', '..\\x.csv', 'constructor', 'C:\\x.csv', 'a/'),
    ),
    content: fc.uint8Array({ maxLength: 300 }),
    level: fc.constantFrom(0, 9),
  }),
  { maxLength: 4, selector: ({ name }) => name },
);

export const zip: Target<{ made: { name: string; content: Uint8Array; level: 0 | 9 }[] } & Damaged> = {
  name: 'zip',
  input: damaged(zipped as fc.Arbitrary<{ name: string; content: Uint8Array; level: 0 | 9 }[]>, (files) =>
    zipSync(Object.fromEntries(files.map(({ name, content, level }) => [name, [content, { level }]]))),
  ),
  size: ({ bytes }) => bytes.length,
  read: async ({ bytes, made }) => {
    const files = new Map<string, Uint8Array>();
    try {
      for (const entry of await openArchive(new Blob([bytes]), 1e6))
        files.set(entry.path, await readEntry(entry, 1e6));
    } catch (error) {
      return refused(error, [Error], '');
    }
    for (const [name, content] of files) {
      must(!name.split(/[/\\]/).includes('..') && !/^([/\\]|[A-Z]:)/.test(name), `${name} leads out`);
      // The checksum holds every content to one that was packed, under whatever name.
      must(
        content.length === 0 || made.some((file) => Buffer.from(file.content).equals(Buffer.from(content))),
        `${name} is no content of the archive`,
      );
    }
  },
};

export const peft: Target<{ value: unknown; whole: boolean }> = {
  name: 'PEFT config',
  input: changedJson(fixture('parity/v1_1/adapters/attention/adapter_config.json')),
  size: ({ value }) => (JSON.stringify(value) as string | undefined)?.length ?? 0,
  read: async ({ value, whole }) => {
    const text = JSON.stringify(value) as string | undefined;
    const folder = memoryFolder([['adapter_config.json', utf8(text ?? '')]], 'adapter');
    let settings: Awaited<ReturnType<typeof openAdapter>>['settings'];
    try {
      ({ settings } = await openAdapter(folder));
    } catch (error) {
      must(!whole, 'a good config was refused');
      return refused(error, [ModelError], 'adapter_config.json');
    }
    const config = value as Record<string, unknown>;
    must(config['peft_type'] === 'LORA', 'what is no LoRA was taken for one');
    must(Number.isInteger(settings.rank) && settings.rank > 0, `a rank of ${settings.rank}`);
    must(config['r'] === undefined || config['r'] === null || config['r'] === settings.rank, 'another rank');
    must(Number.isFinite(settings.alpha), `an alpha of ${settings.alpha}`);
    must(settings.targets.length > 0, 'no targets');
  },
};

export const modelConfig: Target<{ value: unknown; whole: boolean }> = {
  name: 'model config',
  input: changedJson(fixture('models/micro/config.json')),
  size: ({ value }) => (JSON.stringify(value) as string | undefined)?.length ?? 0,
  read: ({ value, whole }) => {
    let config: ReturnType<typeof parseT5Config>;
    try {
      config = parseT5Config(value);
    } catch (error) {
      must(!whole, 'a good config was refused');
      return refused(
        error instanceof Error && error.constructor === Error ? error : new TypeError(String(error)),
        [Error],
        'config.json',
      );
    }
    for (const [name, number] of Object.entries(config))
      if (typeof number === 'number') must(Number.isFinite(number) && number >= 0, `${name} is ${number}`);
  },
};

export const hubName: Target<string> = {
  name: 'Hub name',
  input: fc.oneof(
    fc.string(),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc
      .tuple(
        fc.constantFrom('https://huggingface.co/', 'https://huggingface.co/datasets/', ''),
        fc.stringMatching(/^[a-zA-Z0-9%._/@-]{0,60}$/),
      )
      .map((parts) => parts.join('')),
  ),
  size: (text) => text.length,
  read: (text) => {
    try {
      const { id } = parseHubRepo(text, 'models', 'https://huggingface.co');
      must(/^[\w.-]+(\/[\w.-]+)?$/.test(id) && !id.includes('..'), `an id of ${id}`);
    } catch (error) {
      return refused(error, [ModelError], '');
    }
  },
};
