/**
 * node tools/parity/handoff.mjs --out DIR [--in page|node] [--config FILE] [--methods NAME,…] [--seeds N,…]
 *   [--processes N]
 *
 * Runs a plan in the lab (or the same engine in Node, which needs no browser), hands it off, runs the hand-off by `accelerate launch` in the Python that LETHE_PYTHON names
 * (python3), and compares: the first 50 losses to 1e-3, and over three seeds or more the paired difference of average
 * accuracy, whose 95 % interval must lie within 3 points. A cell whose results are in DIR already is not run again, so
 * that many cells can be run in pieces. Exits 1 when a comparison fails.
 */
import { unzipSync } from 'fflate';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createServer } from 'vite';
import { parseArgs } from 'node:util';
import { wasmKernels } from '../../src/engine/wasm/build.mjs';
import { root } from '../project.mjs';
import { serve } from '../serve.mjs';

/** What each name adds to the config. @type {Record<string, object>} */
const methods = {
  sequential: { method: { name: 'sequential' } },
  replay: { method: { name: 'replay', count: 40 } },
  ewc: { method: { name: 'ewc', lambda: 1000, samples: 40 } },
};

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    in: { type: 'string', default: 'page' },
    config: { type: 'string', default: path.join(root, 'tools/parity/configs/handoff.json') },
    methods: { type: 'string', default: Object.keys(methods).join() },
    seeds: { type: 'string', default: '0,1,2,3,4' },
    processes: { type: 'string', default: '2' },
  },
});
if (values.out === undefined) {
  console.error('--out DIR says where results go');
  process.exit(2);
}
const out = path.resolve(values.out);
const python = process.env['LETHE_PYTHON'] ?? 'python3';
const { config: file, processes } = values;

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  return status ?? 1;
}

/** @param {string} command @param {string[]} args */
function must(command, args) {
  if (run(command, args) !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}

/** @type {import('vite').ViteDevServer | undefined} */
let opened;

/** Gives Node the engine's sources; open until the end, since kernels are imported when they are needed. */
async function sources() {
  return (opened ??= await createServer({
    root,
    configFile: false,
    plugins: [wasmKernels()],
    server: { middlewareMode: true, watch: null, ws: false },
    appType: 'custom',
    logLevel: 'error',
  }));
}

/**
 * What the lab does, without a browser.
 * @param {object} written the config
 * @param {string} model folder
 * @param {string} program folder that the hand-off is written to
 * @param {string} result file
 */
async function labInNode(written, model, program, result) {
  const vite = await sources();
  const inNode = /** @type {typeof import('./nodeRun')} */ (
    await vite.ssrLoadModule('/tools/parity/nodeRun.ts')
  );
  const { parseRunConfig } = /** @type {typeof import('../../src/run/config')} */ (
    await vite.ssrLoadModule('/src/run/config.ts')
  );
  const parsed = parseRunConfig(written);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const server = await serve({ mounts: { '/': path.join(root, 'public') } });
  await inNode.writeHandoff(parsed.config, model, `${server.origin}/`, program);
  await server.close();
  const record = await inNode.runInNode(parsed.config, model, path.join(program, 'tasks'));
  if (record.status !== 'finished') throw new Error(record.error);
  mkdirSync(path.dirname(result), { recursive: true });
  writeFileSync(result, JSON.stringify(record));
}

/**
 * @param {string} method
 * @param {string} seed
 * @returns {Promise<[string, string]>} the browser's result and PyTorch's
 */
async function cell(method, seed) {
  const folder = path.join(out, `${method}-${seed}`);
  const browser = path.join(folder, `${values.in}/result.json`);
  const torch = path.join(folder, `pytorch-${processes}/result.json`);
  const program = path.join(folder, 'program');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(browser) || !existsSync(path.join(program, 'run.py'))) {
    const config = JSON.parse(readFileSync(file, 'utf8'));
    const model = { ...config.model, path: path.resolve(path.dirname(file), config.model.path) };
    const written = { ...config, model, ...methods[method], seed: Number(seed) };
    if (values.in === 'node') await labInNode(written, model.path, program, browser);
    else {
      const own = path.join(folder, 'config.json');
      writeFileSync(own, JSON.stringify(written));
      const zip = path.join(folder, 'handoff.zip');
      const lab = path.join(root, 'tools/lab/run.mjs');
      must(process.execPath, [lab, own, '--out', path.dirname(browser), '--handoff', zip]);
      for (const [name, bytes] of Object.entries(unzipSync(readFileSync(zip)))) {
        mkdirSync(path.dirname(path.join(program, name)), { recursive: true });
        writeFileSync(path.join(program, name), bytes);
      }
    }
  }
  if (!existsSync(torch) || JSON.parse(readFileSync(torch, 'utf8')).status !== 'finished') {
    const launch = ['-m', 'accelerate.commands.launch', '--num_processes', processes, '--num_machines', '1'];
    launch.push('--mixed_precision', 'no', '--dynamo_backend', 'no');
    // Processes on CPUs are started as those on GPUs are; port 0 is any that is free.
    if (processes !== '1') launch.push('--multi_gpu', '--main_process_port', '0');
    must(python, [...launch, path.join(program, 'run.py'), '--cpu', '--out', path.dirname(torch)]);
  }
  await opensInPage(torch);
  return [browser, torch];
}

/**
 * The result that `accelerate launch` left must be one that the page takes.
 * @param {string} file
 */
async function opensInPage(file) {
  const { parseRunResult } = /** @type {typeof import('../../src/run/resultSchema')} */ (
    await (await sources()).ssrLoadModule('/src/run/resultSchema.ts')
  );
  const parsed = parseRunResult(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.ok) throw new Error(`${file} opens in no page: ${JSON.stringify(parsed.problems)}`);
}

let failed = false;
for (const method of values.methods.split(',')) {
  /** @type {string[]} */
  const pairs = [];
  for (const seed of values.seeds.split(',')) pairs.push(...(await cell(method, seed)));
  failed = run(python, [path.join(root, 'src/handoff/python/compare.py'), ...pairs]) !== 0 || failed;
}
await opened?.close();
process.exitCode = failed ? 1 : 0;
