/** ROUGE of 200 rows of DialogSum against what `rouge_score` makes of them (tools/fixtures/dialogsum.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { rouge1, rouge2, rougeL, rougeLsum } from '../../src/continual/scores';
import expected from './dialogsum.rouge.json';

const named = process.env.LETHE_DATA;
if (!named) throw new Error('LETHE_DATA is not set; expected the path of a folder with tasks/ and raw/');

interface Row {
  dialogue: string;
  summary1: string;
  summary2: string;
  summary3: string;
}

const rows = readFileSync(path.join(path.resolve(named), 'raw/dialogsum.test.jsonl'), 'utf8')
  .split('\n')
  .filter(Boolean)
  .slice(0, 200)
  .map((line) => JSON.parse(line) as Row);

test.each([
  ['rouge1', rouge1],
  ['rouge2', rouge2],
  ['rougeL', rougeL],
  ['rougeLsum', rougeLsum],
] as const)('%s', (name, metric) => {
  expect(rows).toHaveLength(200);
  const column = expected.names.indexOf(name);
  rows.forEach((row, i) => {
    const answer = row.dialogue.split('\n').slice(0, 3).join('\n');
    const references = [row.summary1, row.summary2, row.summary3].map((s) => s.replaceAll('. ', '.\n'));
    const wanted = expected.rows[i]![column]!;
    expect(Math.abs(metric(answer, references) - wanted), `row ${i + 1}`).toBeLessThan(1e-6);
  });
});
