/**
 * npm test -- pretrain: the unit tests of the pretraining code, in the Python that LETHE_PYTHON names (python3),
 * which needs the packages of requirements.txt. With --json FILE, how many passed and failed goes there.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

const folder = import.meta.dirname;
const { values } = parseArgs({ options: { json: { type: 'string' } } });
const { stderr, status, error } = spawnSync(
  process.env['LETHE_PYTHON'] ?? 'python3',
  ['-m', 'unittest', 'discover', '-s', path.join(folder, 'tests'), '-t', folder],
  { encoding: 'utf8' },
);
if (error) throw error;
process.stderr.write(stderr);
const ran = Number(/^Ran (\d+) tests?/m.exec(stderr)?.[1] ?? 0);
const failed = [...stderr.matchAll(/(?:failures|errors|skipped)=(\d+)/g)].reduce(
  (n, m) => n + Number(m[1]),
  0,
);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ passed: ran - failed, failed }));
process.exitCode = status ?? 1;
