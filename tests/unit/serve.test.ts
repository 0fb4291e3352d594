import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../tools/serve.mjs';

let folder: string;
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lethe-serve-'));
  await mkdir(path.join(folder, 'site/assets'), { recursive: true });
  await mkdir(path.join(folder, 'site-secret'));
  await writeFile(path.join(folder, 'site/index.html'), '<p>page</p>');
  await writeFile(path.join(folder, 'site/assets/a b.wasm'), 'wasm');
  await writeFile(path.join(folder, 'secret.txt'), 'secret');
  await writeFile(path.join(folder, 'site-secret/secret.txt'), 'secret');
  await symlink(path.join(folder, 'secret.txt'), path.join(folder, 'site/link.txt'));
  server = await serve({
    mounts: {
      '/under/a/path/': path.join(folder, 'site'),
      '/under/a/path/one.csv': path.join(folder, 'secret.txt'),
    },
  });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** The status of a path as written: `fetch` would tidy the dots away. */
function rawStatus(requestPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1', () => {
      socket.write(`GET ${requestPath} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    let text = '';
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('end', () => resolve(Number(text.split(' ')[1])));
    socket.on('error', reject);
  });
}

describe('the static server', () => {
  it('serves a folder under a path, isolated, with the right types', async () => {
    const page = await fetch(`${server.origin}/under/a/path/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toBe('<p>page</p>');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    const wasm = await fetch(`${server.origin}/under/a/path/assets/a%20b.wasm?v=1`);
    expect(wasm.headers.get('content-type')).toBe('application/wasm');
    expect(wasm.headers.get('content-length')).toBe('4');
    expect(await wasm.text()).toBe('wasm');
  });

  it('sends a mount without its slash on, and answers HEAD', async () => {
    expect((await fetch(`${server.origin}/under/a/path`)).url).toBe(`${server.origin}/under/a/path/`);
    const head = await fetch(`${server.origin}/under/a/path/index.html`, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('11');
    expect(await head.text()).toBe('');
  });

  it('serves a single mounted file', async () => {
    expect(await (await fetch(`${server.origin}/under/a/path/one.csv`)).text()).toBe('secret');
  });

  it.each([
    '/under/a/path/../secret.txt',
    '/under/a/path/%2e%2e/secret.txt',
    '/under/a/path/..%2fsecret.txt',
    '/under/a/path/..%2fsite-secret/secret.txt',
    '/under/a/path/..%5csecret.txt',
    '/under/a/path//etc/passwd',
    '/under/a/path/link.txt',
    '/under/a/path/assets',
    '/under/a/path/assets/',
    '/under/a/path/%00',
    '/under/a/path/%',
    '/',
    '/index.html',
  ])('finds nothing at %s', async (requestPath) => {
    expect(await rawStatus(requestPath)).toBe(404);
  });

  it('refuses to be written to', async () => {
    expect((await fetch(`${server.origin}/under/a/path/`, { method: 'POST' })).status).toBe(405);
  });
});
