/** Every text of every task gets the ids that Hugging Face's tokenizers give it: ids.py writes their digests. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Tokenizer } from '../../src/engine/text/tokenizer';

interface Digest {
  texts: number;
  tokens: number;
  sha256: string;
}

const named = process.env.LETHE_DATA;
if (!named) throw new Error('LETHE_DATA is not set; expected the path of a folder with tasks/ and raw/');
const folder = path.resolve(named);
const root = path.resolve(import.meta.dirname, '../..');
const json = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const digests = json('tests/data/ids.json') as Record<string, Record<string, Digest>>;
const { tokenizer: nmtNfkc } = json('tests/fixtures/tokenizer/nmt_nfkc.json') as { tokenizer: unknown };
const tokenizers: Record<string, Tokenizer> = {
  pocket: Tokenizer.fromJson(json('public/models/pocket/tokenizer.json')),
  nmt_nfkc: Tokenizer.fromJson(nmtNfkc),
};

test.each(Object.entries(digests).flatMap(([name, tasks]) => Object.keys(tasks).map((task) => [name, task])))(
  'the tokenizer %s on all of %s',
  (name, task) => {
    const tokenizer = tokenizers[name]!;
    const hash = createHash('sha256');
    let texts = 0;
    let tokens = 0;
    for (const part of ['train', 'validation', 'test'])
      for (const line of readFileSync(path.join(folder, `tasks/${task}/${part}.jsonl`), 'utf8').split('\n')) {
        if (line === '') continue;
        const { input, target } = JSON.parse(line) as { input: string; target: string };
        for (const text of [input, target]) {
          const ids = tokenizer.encode(text);
          hash.update(Int32Array.from(ids));
          texts += 1;
          tokens += ids.length;
        }
      }
    expect({ texts, tokens, sha256: hash.digest('hex') }).toEqual(digests[name]![task]);
  },
  600_000,
);
