import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { keptFolder, memoryFolder, storedFolder, urlFolder } from './folder';
import { fileOf, gather, json, MemoryStore, pieces, same, whole } from './testing';
import { ModelError, type FileProgress } from './types';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A real HTTP server; resolves with the address of its folder. */
async function serve(answer: (path: string, res: ServerResponse, req: IncomingMessage) => void) {
  const started = createServer((req, res) => answer(req.url!, res, req));
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/models/small model`;
}

const body = new Uint8Array(300_000).map((_, i) => i % 251);

test('streams a file with progress', async () => {
  const asked: string[] = [];
  const folder = urlFolder(
    await serve((path, res) => {
      asked.push(path);
      res.setHeader('content-length', body.length);
      res.end(body);
    }),
  );
  const seen: FileProgress[] = [];
  expect(same(await whole((await folder.open('a b/model.safetensors', (p) => seen.push(p)))!), body)).toBe(
    true,
  );
  expect(asked).toEqual(['/models/small%20model/a%20b/model.safetensors']);
  expect(seen[0]).toEqual({ path: 'a b/model.safetensors', loaded: 0, total: body.length });
  expect(seen.at(-1)).toEqual({ path: 'a b/model.safetensors', loaded: body.length, total: body.length });
});

test('an encoded file has no known total, and its encoded length is not taken for one', async () => {
  const folder = urlFolder(
    await serve((_, res) => {
      const packed = gzipSync(body);
      res.setHeader('content-encoding', 'gzip').setHeader('content-length', packed.length);
      res.end(packed);
    }),
  );
  const seen: FileProgress[] = [];
  expect(same(await whole((await folder.open('tokenizer.json', (p) => seen.push(p)))!), body)).toBe(true);
  expect(seen.at(-1)).toEqual({ path: 'tokenizer.json', loaded: body.length });
});

test('404 and the index page of a single-page host both mean missing', async () => {
  const folder = urlFolder(
    await serve((path, res) => {
      if (path.endsWith('a.json')) res.statusCode = 404;
      else res.setHeader('content-type', 'text/html; charset=utf-8');
      res.end('<!doctype html><title>app</title>');
    }),
  );
  expect(await folder.open('a.json')).toBeNull();
  expect(await folder.open('config.json')).toBeNull();
  expect(new TextDecoder().decode((await fileOf(folder, 'card.html'))!)).toContain('app');
});

test('other answers, a dead server and a broken download are errors that name the file', async () => {
  const base = await serve((path, res) => {
    if (path.endsWith('secret')) res.writeHead(401).end('no');
    else {
      res.setHeader('content-length', 1000);
      res.write(body.subarray(0, 500), () => res.destroy());
    }
  });
  const folder = urlFolder(base);
  await expect(folder.open('secret')).rejects.toThrow(/^secret: .* answered 401 Unauthorized$/);
  const cut = fileOf(folder, 'model.safetensors');
  await expect(cut).rejects.toThrow(
    /^model\.safetensors: the download broke off after \d+ bytes; try again$/,
  );
  await expect(cut).rejects.toBeInstanceOf(ModelError);
  server!.closeAllConnections();
  server!.close();
  await expect(folder.open('config.json')).rejects.toThrow(/^config\.json: could not be fetched from http/);
});

test('a body that ends early without the network saying so is found by its length', async () => {
  const short: typeof fetch = () =>
    Promise.resolve(new Response(body.slice(0, 10), { headers: { 'content-length': '20' } }));
  await expect(fileOf(urlFolder('http://h/m', { fetch: short }), 'a')).rejects.toThrow('10 of 20 bytes');
});

test('stopping early ends the download', async () => {
  let closed: () => void;
  const isClosed = new Promise<void>((resolve) => (closed = resolve));
  const folder = urlFolder(
    await serve((_, res) => {
      res.on('close', () => closed());
      const more = () => {
        if (!res.destroyed) res.write(body, () => setTimeout(more, 1));
      };
      more();
    }),
  );
  for await (const piece of (await folder.open('endless'))!) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  await isClosed;
});

test('the version follows the config and what the server says of the weights', async () => {
  let config = '{"a":1}';
  let etag = '"one"';
  let up = true;
  const folder = urlFolder(
    await serve((path, res, req) => {
      if (!up) return res.destroy();
      if (path.endsWith('config.json')) return res.end(config);
      expect(req.method).toBe('HEAD');
      return res.setHeader('etag', etag).end();
    }),
  );
  const first = await folder.version!();
  expect(first).not.toBeNull();
  expect(await folder.version!()).toBe(first);
  etag = '"two"';
  const second = await folder.version!();
  expect(second).not.toBe(first);
  config = '{"a":2}';
  expect(new Set([first, second, await folder.version!()]).size).toBe(3);
  up = false;
  expect(await folder.version!()).toBeNull();
});

test('a server that never answers does not hold up the version', async () => {
  const folder = urlFolder(await serve(() => undefined), { versionTimeout: 30 });
  expect(await folder.version!()).toBeNull();
});

test('bytes and picked files make a folder', async () => {
  const folder = memoryFolder(
    new Map<string, Uint8Array | Blob>([
      ['config.json', json({ a: 1 })],
      ['model.safetensors', new Blob([body])],
    ]),
  );
  const seen: FileProgress[] = [];
  expect(same(await whole((await folder.open('model.safetensors', (p) => seen.push(p)))!), body)).toBe(true);
  expect(seen.at(-1)).toEqual({ path: 'model.safetensors', loaded: body.length, total: body.length });
  expect(await fileOf(folder, 'config.json')).toEqual(json({ a: 1 }));
  expect(await folder.open('toString')).toBeNull();
  expect(await memoryFolder({ a: body }).open('constructor')).toBeNull();
});

test('folders of the store, and of any function that reads', async () => {
  const store = new MemoryStore();
  store.folders.set('run/r/stage-1', { meta: {}, files: new Map([['config.json', json({ a: 1 })]]) });
  const kept = await keptFolder(store, 'run/r/stage-1', 'Run 1');
  expect(kept.label).toBe('Run 1');
  expect(await fileOf(kept, 'config.json')).toEqual(json({ a: 1 }));
  expect(await kept.open('other')).toBeNull();
  await expect(keptFolder(store, 'gone')).rejects.toThrow('nothing is kept under "gone"');

  const stored = storedFolder((path) => Promise.resolve(path === 'a' ? pieces(body, 1000) : null), 'mine');
  const seen: FileProgress[] = [];
  expect((await gather((await stored.open('a', (p) => seen.push(p)))!)).length).toBe(300);
  expect(seen).toHaveLength(301);
  expect(await stored.open('b')).toBeNull();
});
