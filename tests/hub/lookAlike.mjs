/**
 * A Hub for tests, on this machine: two origins, the Hub's own and the storage that large files are redirected to.
 * It answers what the page asks of a Hub (commits, trees, files, Range, CORS) and fails on demand.
 */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';

/**
 * What goes wrong with one answer.
 * @typedef {object} Fault
 * @property {number} [cutAfter] the connection breaks after so many bytes of it
 * @property {number} [endAfter] it ends after so many bytes as if it were whole
 * @property {number} [status] in place of the file, with `retryAfter` seconds where given
 * @property {number | string} [retryAfter]
 * @property {boolean} [damage] one byte is another
 * @property {{ bytes: number, every: number }} [drip] so many bytes each so many milliseconds
 * @property {number} [stallAfter] nothing comes after so many bytes
 */

/**
 * @typedef {object} Repo
 * @property {Record<string, Uint8Array | string>} files content, or the path of a file that has it
 * @property {'models' | 'datasets'} [kind]
 * @property {string} [branch] another branch than main that the files lie in
 * @property {boolean} [gated] asks for the token
 * @property {number} [pageSize] entries of one page of the listing
 */

/** @typedef {{ host: 'hub' | 'storage', method: string, path: string, headers: import('node:http').IncomingHttpHeaders }} Asked */

/** Files from this size on are kept in storage. */
const largeFrom = 4096;

/** @param {Uint8Array | string} content */
function describe(content) {
  if (typeof content !== 'string')
    return Promise.resolve({
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      sha1: createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex'),
    });
  const bytes = statSync(content).size;
  return new Promise((resolve, reject) => {
    const sha256 = createHash('sha256');
    const sha1 = createHash('sha1').update(`blob ${bytes}\0`);
    createReadStream(content)
      .on('data', (piece) => {
        sha256.update(piece);
        sha1.update(piece);
      })
      .on('error', reject)
      .on('end', () => resolve({ bytes, sha256: sha256.digest('hex'), sha1: sha1.digest('hex') }));
  });
}

/**
 * @param {object} o
 * @param {Record<string, Repo>} o.repos by id
 * @param {string} [o.token] that opens gated repositories
 * @param {'yes' | 'ignored' | 'refused'} [o.ranges] whether storage answers Range, sends the whole file
 *   regardless, or refuses such requests from pages of another origin (their preflight)
 * @param {number} [o.port] of the Hub's own origin
 */
export async function startHub({ repos, token = 'hf_test', ranges = 'yes', port = 0 }) {
  const commit = createHash('sha1')
    .update(JSON.stringify(Object.keys(repos)))
    .digest('hex');
  /** @type {Map<string, { content: Uint8Array | string, bytes: number, sha256: string, sha1: string, large: boolean }>} */
  const files = new Map();
  for (const [id, { files: contents, kind = 'models' }] of Object.entries(repos))
    for (const [path, content] of Object.entries(contents)) {
      const about = /** @type {any} */ (await describe(content));
      files.set(`${kind}/${id}/${path}`, { content, ...about, large: about.bytes >= largeFrom });
    }
  /** @type {Map<string, Fault[]>} */
  const faults = new Map();
  /** @type {Asked[]} */
  const asked = [];

  /** @param {import('node:http').IncomingMessage} request */
  const cors = (request) => ({
    'Access-Control-Allow-Origin': request.headers.origin ?? '*',
    'Access-Control-Expose-Headers':
      'ETag, Link, Accept-Ranges, Content-Range, X-Repo-Commit, X-Linked-Size, X-Linked-ETag, X-Error-Code, Retry-After',
    Vary: 'Origin',
  });

  /**
   * @param {import('node:http').ServerResponse} response
   * @param {number} status
   * @param {Record<string, string | number>} headers
   * @param {unknown} [body]
   */
  const json = (response, status, headers, body = {}) => {
    response.writeHead(status, { ...headers, 'Content-Type': 'application/json' });
    return response.end(JSON.stringify(body));
  };

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   * @param {string} key
   * @param {boolean} mayRange
   */
  function send(request, response, key, mayRange) {
    const file = files.get(key);
    const headers = cors(request);
    if (!file) return json(response, 404, { ...headers, 'X-Error-Code': 'EntryNotFound' });
    const fault = faults.get(key)?.shift() ?? {};
    if (fault.status !== undefined)
      return json(response, fault.status, {
        ...headers,
        ...(fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter }),
      });
    const tag = `"${file.sha256}"`;
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const same = request.headers['if-range'] === undefined || request.headers['if-range'] === tag;
    const part = mayRange && range !== null && same;
    const from = part ? Number(range[1]) : 0;
    const to = part && range[2] ? Math.min(Number(range[2]) + 1, file.bytes) : file.bytes;
    if (from >= file.bytes && file.bytes > 0)
      return json(response, 416, { ...headers, 'Content-Range': `bytes */${file.bytes}` });
    response.writeHead(part ? 206 : 200, {
      ...headers,
      ETag: tag,
      'Accept-Ranges': 'bytes',
      'Content-Type': 'application/octet-stream',
      ...(fault.endAfter === undefined ? { 'Content-Length': to - from } : {}),
      ...(part ? { 'Content-Range': `bytes ${from}-${to - 1}/${file.bytes}` } : {}),
    });
    if (request.method === 'HEAD') return response.end();
    void pour(response, file.content, from, to, fault);
    return response;
  }

  const hub = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = decodeURIComponent(url.pathname);
    asked.push({ host: 'hub', method: request.method ?? '', path, headers: request.headers });
    const headers = cors(request);
    if (request.method === 'OPTIONS') {
      response.writeHead(204, {
        ...headers,
        'Access-Control-Allow-Methods': 'GET, HEAD',
        'Access-Control-Allow-Headers': 'Authorization, Range, If-Range',
      });
      return response.end();
    }
    const api = /^\/api\/(models|datasets)\/(.+?)\/(revision|tree)\/(.+)$/.exec(path);
    const resolve = /^\/(datasets\/)?(.+?)\/resolve\/(.+)$/.exec(path);
    const kind = api?.[1] ?? (resolve?.[1] ? 'datasets' : 'models');
    const id = api?.[2] ?? resolve?.[2] ?? '';
    const repo = repos[id];
    if (!repo || (repo.kind ?? 'models') !== kind)
      return json(response, request.headers.authorization ? 404 : 401, {
        ...headers,
        'X-Error-Code': 'RepoNotFound',
      });
    const trusted = request.headers.authorization === `Bearer ${token}`;
    const known = new Set(['main', repo.branch ?? 'main', commit]);
    if (api) {
      const fault = faults.get(`${kind}/${id}`)?.shift();
      if (fault?.status !== undefined)
        return json(response, fault.status, {
          ...headers,
          ...(fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter }),
        });
      if (!known.has(api[4] ?? ''))
        return json(response, 404, { ...headers, 'X-Error-Code': 'RevisionNotFound' });
      if (api[3] === 'revision') return json(response, 200, headers, { id, sha: commit, gated: repo.gated });
      const all = [...files].flatMap(([key, { bytes, sha256, sha1, large }]) => {
        const prefix = `${kind}/${id}/`;
        if (!key.startsWith(prefix)) return [];
        const lfs = large ? { lfs: { oid: sha256, size: bytes, pointerSize: 134 } } : {};
        return [{ type: 'file', path: key.slice(prefix.length), size: bytes, oid: sha1, ...lfs }];
      });
      const from = Number(url.searchParams.get('cursor') ?? 0);
      const size = repo.pageSize ?? 1000;
      url.searchParams.set('cursor', String(from + size));
      const more = from + size < all.length;
      const link = `<http://${request.headers.host ?? ''}${url.pathname}${url.search}>; rel="next"`;
      return json(response, 200, more ? { ...headers, Link: link } : headers, all.slice(from, from + size));
    }
    const revision = [...known].find((name) => resolve?.[3]?.startsWith(`${name}/`));
    if (revision === undefined)
      return json(response, 404, { ...headers, 'X-Error-Code': 'RevisionNotFound' });
    if (repo.gated && !trusted)
      return json(response, request.headers.authorization ? 403 : 401, {
        ...headers,
        'X-Error-Code': 'GatedRepo',
      });
    const key = `${kind}/${id}/${resolve?.[3]?.slice(revision.length + 1) ?? ''}`;
    const file = files.get(key);
    if (!file?.large) return send(request, response, key, true);
    response.writeHead(302, {
      ...headers,
      Location: `${origins.storage}/${key.split('/').map(encodeURIComponent).join('/')}`,
      'X-Linked-Size': file.bytes,
      'X-Linked-ETag': `"${file.sha256}"`,
    });
    response.end();
  });

  const storage = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    asked.push({ host: 'storage', method: request.method ?? '', path, headers: request.headers });
    if (request.method === 'OPTIONS') {
      const refused = ranges === 'refused';
      response.writeHead(refused ? 403 : 204, {
        ...(refused ? {} : cors(request)),
        'Access-Control-Allow-Methods': 'GET, HEAD',
        'Access-Control-Allow-Headers': 'Range, If-Range',
      });
      return response.end();
    }
    send(request, response, path.slice(1), ranges === 'yes');
  });

  /** @param {import('node:http').Server} server @param {number} at @returns {Promise<string>} */
  const listen = (server, at) =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () =>
        resolve(`http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`),
      );
    });
  const origins = { hub: await listen(hub, port), storage: await listen(storage, 0) };

  return {
    ...origins,
    commit,
    asked,
    /**
     * What goes wrong with the next answers, one after another.
     * @param {string} key `models/<id>/<path>` of a file, or `models/<id>` of the API
     * @param {...Fault} next
     */
    fail(key, ...next) {
      faults.set(key, [...(faults.get(key) ?? []), ...next]);
    },
    /** @returns {Promise<void>} */
    async close() {
      for (const server of [hub, storage]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {Uint8Array | string} content
 * @param {number} from
 * @param {number} to
 * @param {Fault} fault
 */
async function pour(response, content, from, to, fault) {
  const stop = fault.cutAfter ?? fault.endAfter ?? fault.stallAfter;
  const end = stop === undefined ? to : Math.min(to, from + stop);
  const source =
    typeof content === 'string'
      ? end > from
        ? createReadStream(content, { start: from, end: end - 1, highWaterMark: 1 << 20 })
        : Readable.from([])
      : Readable.from(slices(content, from, end, fault.drip?.bytes ?? 1 << 16));
  let at = from;
  for await (const piece of source) {
    const bytes = Buffer.from(piece);
    if (fault.damage && at === from) bytes[0] = (bytes[0] ?? 0) ^ 1;
    at += bytes.length;
    if (!response.write(bytes) && !response.destroyed) await drained(response);
    if (response.destroyed) return;
    if (fault.drip) await new Promise((resolve) => setTimeout(resolve, fault.drip?.every));
  }
  if (fault.stallAfter !== undefined && end < to) return;
  if (fault.cutAfter !== undefined && end < to) {
    // What was written is on its way before the line goes dead.
    await new Promise((resolve) => setTimeout(resolve, 20));
    response.destroy();
  } else response.end();
}

/** @param {import('node:http').ServerResponse} response */
function drained(response) {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve(undefined);
    };
    response.on('drain', done).on('close', done);
  });
}

/** @param {Uint8Array} bytes @param {number} from @param {number} to @param {number} size */
function* slices(bytes, from, to, size) {
  for (let at = from; at < to; at += size) yield bytes.subarray(at, Math.min(at + size, to));
}
