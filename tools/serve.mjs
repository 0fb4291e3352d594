/**
 * A small static server: for `npm start`, the tests, the lab and, as one file, the folder of `npm run pack`. Listens on
 * this machine alone unless it is told otherwise.
 */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { isolationHeaders } from '../src/serviceWorker/headers.mjs';

/** @type {Record<string, string>} */
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.csv': 'text/csv',
  '.tsv': 'text/tab-separated-values',
};

/** `no-cache` so that a new build is seen at once. */
const plainHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};

/**
 * The file that a request's path names, or null. Nothing outside the mounted folders can be named, by dots,
 * by encoded slashes or through symbolic links.
 * @param {Record<string, string>} mounts URL prefix, beginning and ending with a slash, to a folder; or a
 *   whole URL path to one file
 * @param {string} rawPath
 * @returns {Promise<string | null>}
 */
export async function resolveFile(mounts, rawPath) {
  let urlPath;
  try {
    urlPath = decodeURIComponent(rawPath);
  } catch {
    return null;
  }
  if (urlPath.includes('\0') || urlPath.includes('\\')) return null;
  const single = mounts[urlPath];
  if (single !== undefined && !urlPath.endsWith('/')) return single;
  // The longest prefix wins, so that a folder can be mounted inside another.
  const prefix = Object.keys(mounts)
    .filter((mount) => mount.endsWith('/') && urlPath.startsWith(mount))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return null;
  const folder = /** @type {string} */ (mounts[prefix]);
  const below = urlPath.slice(prefix.length);
  try {
    const root = await realpath(folder);
    const file = await realpath(
      path.join(root, below === '' || below.endsWith('/') ? `${below}index.html` : below),
    );
    if (!file.startsWith(root + path.sep)) return null;
    return (await stat(file)).isFile() ? file : null;
  } catch {
    return null;
  }
}

/**
 * @param {object} options
 * @param {Record<string, string>} options.mounts see `resolveFile`
 * @param {number} [options.port] 0, the default, takes a free one
 * @param {boolean} [options.isolated] false leaves out the headers of cross-origin isolation, as most hosts do
 * @param {boolean} [options.lan] true answers other machines of the network too
 * @returns {Promise<{ origin: string, lan: string[], close(): Promise<void> }>} `lan` has the addresses for others
 */
export async function serve({ mounts, port = 0, isolated = true, lan = false }) {
  const headers = isolated ? { ...plainHeaders, ...isolationHeaders } : plainHeaders;
  const server = createServer((request, response) => {
    void answer(mounts, headers, request, response);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, lan ? '0.0.0.0' : '127.0.0.1', () => resolve(undefined));
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    // Browsers hold localhost to be a secure context, which WebGPU needs.
    origin: `http://localhost:${address.port}`,
    lan: lan ? lanAddresses().map((host) => `http://${host}:${address.port}`) : [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** @returns {string[]} this machine's addresses in its networks */
function lanAddresses() {
  return Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

/**
 * What a person who shares the page has to know, a line each.
 * @param {readonly string[]} lan
 * @returns {string}
 */
export function lanWords(lan) {
  return [
    ...lan.map((origin) => `  for others in this network: ${origin}/`),
    '  They train on WASM with one thread: browsers give pages on plain http no GPU. docs/hosting.md has more.',
  ].join('\n');
}

/**
 * @param {Record<string, string>} mounts
 * @param {Record<string, string>} headers of every answer
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer(mounts, headers, request, response) {
  /** @param {number} status @param {string} text */
  const refuse = (status, text) => {
    response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(405, 'Only GET and HEAD are answered.');
    return;
  }
  const [rawPath = '/', query] = (request.url ?? '/').split('?');
  const folder = `${rawPath}/`;
  if (!rawPath.endsWith('/') && mounts[folder] !== undefined && mounts[rawPath] === undefined) {
    response
      .writeHead(308, { ...headers, Location: query === undefined ? folder : `${folder}?${query}` })
      .end();
    return;
  }
  const file = await resolveFile(mounts, rawPath);
  if (file === null) {
    refuse(404, 'There is no such file.');
    return;
  }
  let size;
  try {
    ({ size } = await stat(file));
  } catch {
    refuse(404, 'There is no such file.');
    return;
  }
  response.writeHead(200, {
    ...headers,
    'Content-Type': types[path.extname(file).toLowerCase()] ?? 'application/octet-stream',
    'Content-Length': size,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

// `node serve.mjs [FOLDER] [PORT] [--lan]`
const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(started).href) {
  const words = process.argv.slice(2);
  const lan = words.includes('--lan');
  const [folder = 'site', port = '8080'] = words.filter((word) => !word.startsWith('--'));
  // Beside the server itself, where it lies on a stick.
  const root = path.resolve(import.meta.dirname, folder);
  const there = await stat(root).catch(() => null);
  const mounts = { '/': there ? root : path.resolve(folder) };
  const { origin, lan: others } = await serve({ mounts, port: Number(port), lan });
  console.log(`Lethe is at ${origin}/ (stop it with Ctrl+C)`);
  if (lan) console.log(lanWords(others));
}
