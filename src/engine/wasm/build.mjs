/**
 * Compiles the AssemblyScript kernels (assembly/ and ../ops/<op>/wasm.as.ts) to the four WebAssembly modules that
 * the executor chooses from, and hands them to Vite as virtual modules. The binaries are never committed: dev
 * server, build and tests make them from source, once for each state of the source.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const entry = 'src/engine/wasm/assembly/table.as.ts';
const cacheFolder = join(root, 'node_modules/.cache/lethe-kernels');

/** Features of each module. Relaxed SIMD has a fused multiply-add; threads need a shared memory. */
export const variants = {
  simd: ['--enable', 'simd'],
  relaxed: ['--enable', 'simd', '--enable', 'relaxed-simd'],
  'simd-threads': ['--enable', 'simd', '--sharedMemory'],
  'relaxed-threads': ['--enable', 'simd', '--enable', 'relaxed-simd', '--sharedMemory'],
};

/**
 * What is used of the AssemblyScript compiler.
 * @typedef {object} Compiler
 * @property {(args: string[], files: {
 *   readFile: (name: string, base: string) => Promise<string | null>,
 *   writeFile: (name: string, contents: Uint8Array | string) => void,
 *   listFiles: () => string[],
 *   stderr: { write: (text: string | Uint8Array) => void },
 * }) => Promise<{ error: Error | null }>} main
 */

/** Imported by a name that type checkers do not follow: its types declare AssemblyScript's own `Array`, everywhere. */
const compiler = ['assemblyscript', 'asc'].join('/');

const common = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory'],
  // Atomics are valid on an unshared memory too; only waiting is not, and one thread never waits.
  ...['--enable', 'threads', '--maximumMemory', '65536', '--use', 'abort='],
];

/** @returns {Promise<string[]>} paths of all AssemblyScript files, sorted */
async function sources() {
  const files = await readdir(join(root, 'src/engine'), { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.as.ts'))
    .map((file) => join(file.parentPath, file.name))
    .sort();
}

/**
 * @param {keyof typeof variants} variant
 * @returns {Promise<Uint8Array>}
 */
async function compile(variant) {
  const { default: asc } = /** @type {{ default: Compiler }} */ (await import(compiler));
  /** @type {Uint8Array | undefined} */
  let binary;
  const options = [entry, ...common, ...variants[variant]];
  let messages = '';
  const { error } = await asc.main([...options, '--outFile', 'kernels.wasm'], {
    stderr: { write: (text) => void (messages += String(text)) },
    readFile: (name, base) => readFile(resolve(root, base, name), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`the ${variant} kernels do not compile:\n${messages}`);
  return binary;
}

/**
 * The binary of one variant, compiled when the source has changed since the last time.
 * @param {keyof typeof variants} variant
 * @returns {Promise<Uint8Array>}
 */
export async function buildKernels(variant) {
  const hash = createHash('sha256');
  for (const path of [...(await sources()), fileURLToPath(import.meta.url)]) {
    hash.update(relative(root, path).split(sep).join('/')).update(await readFile(path));
  }
  const path = join(cacheFolder, `${variant}-${hash.digest('hex').slice(0, 16)}.wasm`);
  const cached = await readFile(path).catch(() => undefined);
  if (cached) return cached;
  const binary = await compile(variant);
  await mkdir(cacheFolder, { recursive: true });
  // Several processes may compile at once: the file appears whole or not at all.
  await writeFile(`${path}.${process.pid}`, binary);
  await rename(`${path}.${process.pid}`, path);
  return binary;
}

const prefix = 'virtual:wasm-kernels/';

/**
 * Vite plugin: `import('virtual:wasm-kernels/<variant>')` has the module's bytes as base64 (some 30 kB), so that
 * it loads alike in a page, a worker and Node, with no request of the engine's own.
 * @returns {import('vite').Plugin}
 */
export function wasmKernels() {
  return {
    name: 'lethe:wasm-kernels',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : undefined),
    async load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined;
      const variant = /** @type {keyof typeof variants} */ (id.slice(prefix.length + 1));
      if (!(variant in variants)) throw new Error(`no kernels are called ${variant}`);
      for (const path of await sources()) this.addWatchFile(path);
      const binary = await buildKernels(variant);
      return `export default ${JSON.stringify(Buffer.from(binary).toString('base64'))};`;
    },
  };
}
