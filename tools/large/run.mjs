/**
 * npm run large -- data|zip [--bytes N] [--format csv|jsonl] [--python PYTHON] [--json FILE]
 *
 * What is too large for the tests: `data` drops a file of 2 GB on the page (data.mjs), `zip` writes an archive above
 * 4 GiB and reads it back (zip.mjs). Files are made in a temporary folder and deleted. Exits 1 when a check fails.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bytes: { type: 'string' },
    format: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'string' },
  },
});
const [what] = positionals;
if ((what !== 'data' && what !== 'zip') || positionals.length > 1) {
  console.error('npm run large -- data|zip [--bytes N] [--format csv|jsonl] [--python PYTHON] [--json FILE]');
  process.exit(2);
}
const formats = /** @type {const} */ (['csv', 'jsonl']).filter(
  (format) => values.format === undefined || values.format === format,
);
const folder = mkdtempSync(path.join(tmpdir(), 'lethe-large-'));
try {
  /** @type {unknown[]} */
  const rows = [];
  if (what === 'data') {
    const { dropLarge, told } = await import('./data.mjs');
    for (const format of formats) {
      const row = await dropLarge(folder, { bytes: Number(values.bytes ?? 2e9), format });
      console.log(told(row));
      rows.push(row);
    }
  } else {
    const { largeArchive, told } = await import('./zip.mjs');
    const row = await largeArchive(folder, { bytes: Number(values.bytes ?? 4.4e9), python: values.python });
    console.log(told(row));
    rows.push(row);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 1)}\n`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
