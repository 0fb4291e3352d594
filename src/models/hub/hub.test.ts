import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHub } from '../../../tests/hub/lookAlike.mjs';
import { cachedFolder } from '../cache';
import { openModel } from '../load';
import { writeSafetensors } from '../safetensors';
import { dice, fileOf, gather, json, MemoryStore, same, tensor, whole } from '../testing';
import type { HubOptions } from './client';
import { hubFolder } from './folder';

type Hub = Awaited<ReturnType<typeof startHub>>;
type Start = Parameters<typeof startHub>[0];

const roll = dice(7);
const large = Uint8Array.from({ length: 300_000 }, () => roll(256));
const repo = { kind: 'models' as const, id: 'someone/model', revision: 'main' };
const weights = 'models/someone/model/weights.bin';
const waits: string[] = [];
const slept: number[] = [];
let hub: Hub;

const start = async (options: Partial<Start> = {}): Promise<void> => {
  await hub.close();
  hub = await startHub({ repos: { [repo.id]: { files: { 'weights.bin': large } } }, ...options });
};
const options = (more: HubOptions = {}): HubOptions => ({
  base: hub.hub,
  onWait: (sentence) => waits.push(sentence),
  sleep: (milliseconds) => Promise.resolve(void slept.push(milliseconds)),
  ...more,
});
const folder = (more: HubOptions = {}) => hubFolder(repo, options(more));
const storageRequests = () => hub.asked.filter(({ host, method }) => host === 'storage' && method === 'GET');

beforeEach(async () => {
  waits.length = 0;
  slept.length = 0;
  hub = await startHub({
    repos: {
      [repo.id]: { files: { 'config.json': json({ model_type: 't5' }), 'weights.bin': large } },
      'someone/closed': { files: { 'weights.bin': large }, gated: true },
    },
  });
});

afterEach(() => hub.close());

describe('a file of the Hub', () => {
  test('streams with its length, follows the redirect, and is of one commit', async () => {
    const told: { loaded: number; total?: number }[] = [];
    const content = await folder().open('weights.bin', (progress) => told.push(progress));
    expect(same(await whole(content!), large)).toBe(true);
    expect(told[0]).toMatchObject({ loaded: 0, total: large.length });
    expect(told.at(-1)).toMatchObject({ loaded: large.length, total: large.length });
    expect(hub.asked.map(({ path }) => path).filter((path) => path.includes('resolve'))).toEqual([
      `/someone/model/resolve/${hub.commit}/weights.bin`,
    ]);
    expect(storageRequests()).toHaveLength(1);
  });

  test('is null where the repository has none; small ones are checked by Git’s id', async () => {
    const opened = folder();
    expect(await opened.open('tokenizer.json')).toBeNull();
    expect(await fileOf(opened, 'config.json')).toEqual(json({ model_type: 't5' }));
    hub.fail('models/someone/model/config.json', { damage: true });
    await expect(fileOf(opened, 'config.json')).rejects.toThrow(
      /^config\.json: its Git id is .* but the Hub lists/,
    );
  });

  test('survives three cut connections and asks for the rest alone', async () => {
    hub.fail(weights, { cutAfter: 100_000 }, { cutAfter: 1 }, { cutAfter: 99_999 });
    expect(same((await fileOf(folder(), 'weights.bin'))!, large)).toBe(true);
    expect(waits.every((sentence) => sentence.includes('cut'))).toBe(true);
    const ranges = storageRequests().map(({ headers }) => [headers.range, headers['if-range']]);
    expect(ranges).toHaveLength(4);
    expect(ranges[0]).toEqual([undefined, undefined]);
    for (const [range, condition] of ranges.slice(1)) {
      expect(range).toMatch(/^bytes=\d+-$/);
      expect(condition).toMatch(/^"[0-9a-f]{64}"$/);
    }
  });

  test.each(['ignored', 'refused'] as const)('is read again where parts are %s', async (ranges) => {
    await start({ ranges });
    hub.fail(weights, { cutAfter: 200_000 }, { cutAfter: 250_000 });
    // A browser asks first whether storage takes such a request; Node does not, so the test does it here.
    const asBrowser: typeof fetch = async (address, init) => {
      if (ranges === 'refused' && new Headers(init?.headers).has('range'))
        throw new TypeError('the preflight was refused');
      return await fetch(address, init);
    };
    expect(same((await fileOf(folder({ fetch: asBrowser }), 'weights.bin'))!, large)).toBe(true);
  });

  test('that ends early is taken up; one that stalls too', async () => {
    hub.fail(weights, { endAfter: 1000 }, { stallAfter: 2000 });
    expect(same((await fileOf(folder({ stallAfter: 300 }), 'weights.bin'))!, large)).toBe(true);
  });

  test('a slow drip is not taken for a stall', async () => {
    hub.fail(weights, { drip: { bytes: 40_000, every: 60 } });
    expect(same((await fileOf(folder({ stallAfter: 250 }), 'weights.bin'))!, large)).toBe(true);
    expect(storageRequests()).toHaveLength(1);
  });

  test('that is not what the Hub lists is refused', async () => {
    hub.fail(weights, { damage: true });
    await expect(fileOf(folder(), 'weights.bin')).rejects.toThrow(
      /^weights\.bin: its SHA-256 is [0-9a-f]{12}…, but the Hub lists [0-9a-f]{12}…; it was damaged/,
    );
  });

  test('is given up on after five connections that bring nothing', async () => {
    hub.fail(weights, { cutAfter: 5000 }, ...Array.from({ length: 20 }, () => ({ cutAfter: 0 })));
    await expect(fileOf(folder(), 'weights.bin')).rejects.toThrow(
      /^weights\.bin: the download broke off after \d+ of 300000 bytes/,
    );
    // The request for the rest may cost two: it is asked for whole where a part is not to be had.
    expect(storageRequests().length).toBeLessThanOrEqual(11);
  });

  test('ends when it is no longer wanted', async () => {
    const abort = new AbortController();
    const content = await folder({ signal: abort.signal }).open('weights.bin');
    const pieces = content![Symbol.asyncIterator]();
    await pieces.next();
    abort.abort(new Error('not wanted'));
    await expect(gather({ [Symbol.asyncIterator]: () => pieces })).rejects.toThrow('not wanted');
  });
});

describe('a Hub that says no', () => {
  test('waits as long as it is asked to, within reason', async () => {
    hub.fail(weights, { status: 429, retryAfter: 3 }, { status: 503 });
    expect(same((await fileOf(folder(), 'weights.bin'))!, large)).toBe(true);
    expect(slept).toEqual([3000, 4000]);
    expect(waits[0]).toBe('The Hub is busy and asks to wait 3 s.');
    hub.fail('models/someone/model', { status: 429, retryAfter: 3600 });
    await expect(folder().listing()).rejects.toThrow(/busy \(429\) and asks to wait 3600 s/);
  });

  test.each([
    ['gated, without a token', { id: 'someone/closed' }, {}, /is gated: ask for access at .*someone\/closed/],
    ['gated, with another token', { id: 'someone/closed' }, { token: 'hf_no' }, /owner has no access yet/],
    ['unknown', { id: 'someone/else' }, {}, /no someone\/else for everyone to read.*give a token/],
    ['unknown to a token', { id: 'someone/else' }, { token: 'hf_test' }, /has no someone\/else/],
    ['of no such revision', { revision: 'v9' }, {}, /someone\/model has no revision "v9"/],
  ])('%s', async (_, asked, more, message) => {
    await expect(fileOf(hubFolder({ ...repo, ...asked }, options(more)), 'weights.bin')).rejects.toThrow(
      message,
    );
  });

  test('no network', async () => {
    const { hub: base } = hub;
    await hub.close();
    await expect(hubFolder(repo, { base }).listing()).rejects.toThrow(/could not be reached/);
    expect(await hubFolder(repo, { base }).version!()).toBeNull();
    hub = await startHub({ repos: {} });
  });
});

test('the token opens what is gated and never reaches storage', async () => {
  const closed = hubFolder({ ...repo, id: 'someone/closed' }, options({ token: 'hf_test' }));
  hub.fail('models/someone/closed/weights.bin', { cutAfter: 50_000 });
  expect(same((await fileOf(closed, 'weights.bin'))!, large)).toBe(true);
  const sent = (host: string) =>
    hub.asked.filter((asked) => asked.host === host).map(({ headers }) => headers.authorization);
  expect(new Set(sent('hub'))).toEqual(new Set(['Bearer hf_test']));
  expect(new Set(sent('storage'))).toEqual(new Set([undefined]));
});

test('the token goes to no host that a listing names', async () => {
  await start({ repos: { [repo.id]: { files: { a: large, b: large }, pageSize: 1 } } });
  const elsewhere: string[] = [];
  const meddled: typeof fetch = async (address, init) => {
    if (!(address as string).startsWith(hub.hub)) elsewhere.push(address as string);
    const response = await fetch(address, init);
    const link = response.headers.get('link');
    if (link === null) return response;
    return new Response(response.body, { headers: { link: link.replace(hub.hub, hub.storage) } });
  };
  const { files } = await folder({ token: 'hf_test', fetch: meddled }).listing();
  expect([...files.keys()]).toEqual(['a']);
  expect(elsewhere).toEqual([]);
  expect([...(await folder().listing()).files.keys()]).toEqual(['a', 'b']);
});

describe('a model of the Hub', () => {
  const store = new MemoryStore();
  const tensors = [tensor('shared.weight', [40, 30], 3), tensor('decoder.final_layer_norm.weight', [30])];
  const cached = () => cachedFolder(folder(), store, 'hub/someone/model');

  test('is kept as it arrives, opened, and read without a network after', async () => {
    const file = await whole(writeSafetensors(tensors, {}, 'F32'));
    const files = { 'config.json': json({}), 'tokenizer.json': json({}), 'model.safetensors': file };
    await start({ repos: { [repo.id]: { files } } });
    hub.fail('models/someone/model/model.safetensors', { cutAfter: 2000 }, { cutAfter: 100 });
    const read = await gather((await openModel(cached())).tensors());
    expect(read.map(({ name }) => name)).toEqual(tensors.map(({ name }) => name));
    expect(store.folders.get('hub/someone/model')?.meta['version']).toBe(hub.commit);

    // Nothing but its commit is asked for when it is opened again, and nothing at all without a network.
    hub.asked.length = 0;
    await gather((await openModel(cached())).tensors());
    expect(hub.asked.map(({ path }) => path)).toEqual(['/api/models/someone/model/revision/main']);
    const { hub: base } = hub;
    await hub.close();
    const offline = cachedFolder(hubFolder(repo, { base }), store, 'hub/someone/model');
    expect(await gather((await openModel(offline)).tensors())).toHaveLength(2);
    hub = await startHub({ repos: {} });
  });

  test('is not kept when it is damaged', async () => {
    const file = await whole(writeSafetensors([tensor('shared.weight', [60, 60])], {}, 'F32'));
    await start({ repos: { [repo.id]: { files: { 'model.safetensors': file } } } });
    store.folders.clear();
    hub.fail('models/someone/model/model.safetensors', { damage: true });
    await expect(cached().open('model.safetensors')).rejects.toThrow(/SHA-256/);
    expect(store.folders.size).toBe(0);
  });
});
