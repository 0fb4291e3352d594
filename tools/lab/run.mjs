/**
 * npm run lab -- CONFIG.json --out DIR [--backend webgpu|wasm] [--dump-batches N] [--handoff FILE.zip]
 *
 * Runs a config in the built page in a headless Chromium. Files and the model folder that the config names are
 * relative to it. Writes DIR/result.json and DIR/checkpoint/, of a run of LoRA DIR/adapter/ too, and with
 * --dump-batches DIR/batches.json. --handoff also writes a zip that repeats the run on PyTorch; without --out that
 * alone, and nothing is run. Progress goes to stderr. Exits 0 when the run finished, 1 when it did not, 2 on a wrong
 * config or command line.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { dist, ensureBuild, root } from '../project.mjs';
import { serve } from '../serve.mjs';
import { readConfig, withLocalNames } from './config.mjs';
import { drive, withOwnConfig } from './drive.mjs';
import { reporter } from './progress.mjs';

const usage =
  'npm run lab -- CONFIG.json --out DIR [--backend webgpu|wasm] [--dump-batches N] [--handoff FILE.zip]';

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(message);
  process.exit(2);
}

function readCommand() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        backend: { type: 'string' },
        'dump-batches': { type: 'string', default: '0' },
        handoff: { type: 'string' },
      },
    });
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
  const { values, positionals } = parsed;
  const [file] = positionals;
  const { out, backend, handoff } = values;
  if (file === undefined || positionals.length > 1 || (out ?? handoff) === undefined) return refuse(usage);
  if (backend !== undefined && backend !== 'webgpu' && backend !== 'wasm')
    return refuse(`--backend is webgpu or wasm, not ${backend}`);
  const batches = Number(values['dump-batches']);
  if (!Number.isInteger(batches) || batches < 0) return refuse('--dump-batches is a whole number of steps');
  if (batches > 0 && out === undefined) return refuse('--dump-batches writes into the folder of --out');
  return {
    file,
    out: out === undefined ? undefined : path.resolve(out),
    backend,
    batches,
    handoff: handoff === undefined ? undefined : path.resolve(handoff),
  };
}

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

const { file, out, backend, batches, handoff } = readCommand();
const read = await readConfig(file, backend);
if (!read.ok) {
  for (const problem of read.problems)
    say(`${file}: ${problem.path ? `${problem.path}: ` : ''}${problem.message}`);
  process.exit(2);
}
const { config, served, mounts } = read.value;
await ensureBuild();
if (out !== undefined) {
  mkdirSync(out, { recursive: true });
  // Nothing of an earlier run stays beside this one's.
  for (const name of ['result.json', 'checkpoint', 'adapter', 'batches.json'])
    rmSync(path.join(out, name), { recursive: true, force: true });
}
const server = await serve({
  mounts: {
    '/': dist,
    ...Object.fromEntries(Object.entries(mounts).map(([address, place]) => [`/${address}`, place])),
  },
});
try {
  const url = `${server.origin}/`;
  if (batches > 0 && out !== undefined) {
    const { module } = /** @type {{ module: typeof import('./batches') }} */ (
      await runnerImport(path.join(import.meta.dirname, 'batches.ts'), {
        root,
        configFile: false,
        logLevel: 'error',
      })
    );
    const dump = await module.dumpBatches(served, url, batches);
    writeFileSync(path.join(out, 'batches.json'), `${JSON.stringify(dump)}\n`);
  }
  const { result, zip } = await drive({
    url,
    config: served,
    onEvent: reporter((line) => say(withLocalNames(line, mounts))),
    onPageError: (message) => say(`page: ${withLocalNames(message, mounts)}`),
    checkpointFolder: out === undefined ? undefined : path.join(out, 'checkpoint'),
    adapterFolder: path.join(out ?? '', 'adapter'),
    handoff: handoff !== undefined,
  });
  if (result && out !== undefined) {
    const home = { ...result, config, ...(result.error && { error: withLocalNames(result.error, mounts) }) };
    writeFileSync(path.join(out, 'result.json'), `${JSON.stringify(home, null, 2)}\n`);
    say(`${path.join(out, 'result.json')}: ${result.status}`);
    if (result.status !== 'finished') process.exitCode = 1;
  }
  if (zip && handoff !== undefined) {
    mkdirSync(path.dirname(handoff), { recursive: true });
    writeFileSync(
      handoff,
      withOwnConfig(zip, config, (text) => withLocalNames(text, mounts)),
    );
    say(`${handoff}: ${(zip.length / 1e6).toFixed(1)} MB`);
  }
} catch (error) {
  say(withLocalNames(error instanceof Error ? error.message : String(error), mounts));
  process.exitCode = 1;
} finally {
  await server.close();
}
