/**
 * npm run large -- zip [--bytes N] [--python PYTHON]
 *
 * Writes an archive with the page's own writer: a text, an entry above 4 GiB (--bytes), one that begins behind it, and
 * a text at the end. Reads it back with the page's reader, every byte, and with Python's zipfile.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runnerImport } from 'vite';
import { root } from '../project.mjs';

const PIECE = 1 << 20;

/**
 * Bytes of a made-up weights file, in the same buffer each time, as a reader of a store hands them on.
 * @param {number} bytes @param {import('node:crypto').Hash} hash
 */
async function* weights(bytes, hash) {
  const buffer = new Uint8Array(PIECE);
  for (let i = 0; i < buffer.length; i += 1) buffer[i] = (i * 2654435761) >>> 24;
  for (let at = 0; at < bytes; at += PIECE) {
    new DataView(buffer.buffer).setFloat64(0, at);
    const piece = buffer.subarray(0, Math.min(PIECE, bytes - at));
    hash.update(piece);
    yield await Promise.resolve(piece);
  }
}

/** A file of the disk as a browser has it: Node 20's own (openAsBlob) forgets the upper half of a size above 4 GiB. */
class FileOnDisk extends Blob {
  #handle;
  #from;
  #to;

  /** @param {number} handle @param {number} from @param {number} to */
  constructor(handle, from, to) {
    super();
    this.#handle = handle;
    this.#from = from;
    this.#to = to;
  }

  /** @override */
  get size() {
    return this.#to - this.#from;
  }

  /** @override @param {number} [from] @param {number} [to] */
  slice(from = 0, to = this.size) {
    return new FileOnDisk(this.#handle, this.#from + from, Math.min(this.#from + to, this.#to));
  }

  /** @override */
  arrayBuffer() {
    const bytes = new Uint8Array(this.size);
    readSync(this.#handle, bytes, 0, bytes.length, this.#from);
    return Promise.resolve(bytes.buffer);
  }

  /** @override */
  stream() {
    let at = 0;
    return new ReadableStream({
      pull: async (controller) => {
        if (at < this.size)
          controller.enqueue(new Uint8Array(await this.slice(at, at + PIECE).arrayBuffer()));
        else controller.close();
        at += PIECE;
      },
    });
  }
}

const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    bad = archive.testzip()
    print(json.dumps({"bad": bad, "entries": [
        [e.filename, e.file_size, e.compress_size, e.compress_type, e.header_offset, e.extract_version] for e in archive.infolist()]}))
`;

/**
 * @param {string} folder for the archive
 * @param {{ bytes: number, python: string }} how
 */
export async function largeArchive(folder, { bytes, python }) {
  const file = path.join(folder, 'large.zip');
  const options = {
    root,
    configFile: /** @type {const} */ (false),
    logLevel: /** @type {const} */ ('error'),
  };
  const { module: writer } = /** @type {{ module: typeof import('../../src/archive/write') }} */ (
    await runnerImport(path.join(root, 'src/archive/write.ts'), options)
  );
  const { module: reader } = /** @type {{ module: typeof import('../../src/archive/read') }} */ (
    await runnerImport(path.join(root, 'src/archive/read.ts'), options)
  );
  const text = new TextEncoder().encode('{"name": "large"}\n'.repeat(1000));
  const names = ['config.json', 'model.safetensors', 'optimizer.safetensors', 'state.json'];
  const [large, behind] = [createHash('sha256'), createHash('sha256')];
  /** @type {() => { path: string, content: Uint8Array | AsyncIterable<Uint8Array> }[]} */
  const files = () => [
    { path: 'config.json', content: text },
    { path: 'model.safetensors', content: weights(bytes, large) },
    { path: 'optimizer.safetensors', content: weights(5_000_001, behind) },
    { path: 'state.json', content: text },
  ];
  const rss = process.memoryUsage().rss;
  let peak = rss;
  const look = () => (peak = Math.max(peak, process.memoryUsage().rss));
  let start = performance.now();
  const handle = openSync(file, 'w');
  for await (const piece of writer.zipFolder(files())) {
    writeSync(handle, piece);
    look();
  }
  closeSync(handle);
  const writeSeconds = (performance.now() - start) / 1000;

  start = performance.now();
  const wanted = [sha256(text), large.digest('hex'), behind.digest('hex'), sha256(text)];
  const found = [];
  const disk = openSync(file, 'r');
  for (const entry of await reader.openArchive(new FileOnDisk(disk, 0, statSync(file).size))) {
    const hash = createHash('sha256');
    for await (const piece of entry.open()) {
      hash.update(piece);
      look();
    }
    found.push([entry.path, hash.digest('hex')]);
  }
  closeSync(disk);
  const readSeconds = (performance.now() - start) / 1000;
  if (JSON.stringify(found) !== JSON.stringify(names.map((name, i) => [name, wanted[i]])))
    throw new Error(`the page's reader finds ${JSON.stringify(found)}`);

  start = performance.now();
  const told = JSON.parse(execFileSync(python, ['-c', script, file], { encoding: 'utf8' }));
  const pythonSeconds = (performance.now() - start) / 1000;
  const sizes = told.entries.map((/** @type {unknown[]} */ [name, size]) => [name, size]);
  const sent = [text.length, bytes, 5_000_001, text.length];
  if (told.bad !== null || JSON.stringify(sizes) !== JSON.stringify(names.map((name, i) => [name, sent[i]])))
    throw new Error(`Python's zipfile finds ${JSON.stringify(told)}`);
  const offset = told.entries[2][4];
  if (bytes > 2 ** 32 && !(offset > 2 ** 32)) throw new Error(`the entry behind begins at ${offset}`);
  return {
    bytes: statSync(file).size,
    writeSeconds,
    readSeconds,
    pythonSeconds,
    grewMiB: (peak - rss) / 2 ** 20,
    entries: told.entries,
  };
}

/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** @param {Awaited<ReturnType<typeof largeArchive>>} row */
export function told({ bytes, writeSeconds, readSeconds, pythonSeconds, grewMiB, entries }) {
  return `${(bytes / 1e9).toFixed(2)} GB: written in ${writeSeconds.toFixed(1)} s, read back in ${readSeconds.toFixed(1)} s, by Python's zipfile in ${pythonSeconds.toFixed(1)} s; memory grew by ${grewMiB.toFixed(0)} MiB at most\n${JSON.stringify(entries)}`;
}
