import { createHash } from 'node:crypto';
import { deflateSync, strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { fixtureConfig } from '../testing/fixture';
import { broughtTasks, MOST_CHARACTERS, packPlan, readPlan, unshareable } from './link';

/** A link of ours around any value, its digest right. */
function packed(value: unknown): string {
  const bytes = Buffer.from(deflateSync(strToU8(JSON.stringify(value))));
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  const seal = Buffer.alloc(4);
  seal.writeUInt32BE(hash >>> 0);
  return `a${Buffer.concat([bytes, seal]).toString('base64url')}`;
}

describe('a plan in a link', () => {
  it('comes back as it went, but for the device, and says what may be changed', () => {
    const config = fixtureConfig({ seed: 11, backend: 'wasm', method: { name: 'replay', count: 20 } });
    const link = packPlan({ config, free: ['rate', 'seed'], ownSeed: true });
    expect(link).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(link.length).toBeLessThan(320);
    expect(readPlan(link)).toEqual({
      config: { ...config, backend: 'auto' },
      free: ['rate', 'seed'],
      ownSeed: true,
    });
  });

  it.each<[string, RegExp]>([
    ['', /another version/],
    ['z123', /another version/],
    ['a%%%', /missing or changed/],
    ['aAAAA', /missing or changed/],
    [`a${'A'.repeat(MOST_CHARACTERS)}`, /longer/],
    [packed({ v: 2, config: {} }), /holds no plan: v/],
    [packed({ v: 1, config: {}, free: ['everything'] }), /holds no plan: free/],
    [packed({ v: 1, config: { version: 1 } }), /its plan is not right/],
    [packed({ v: 1, config: { ...fixtureConfig(), seed: -1 } }), /its plan is not right: seed/],
    [
      packed({ v: 1, config: { ...fixtureConfig(), model: { source: 'stored', id: 'x' } } }),
      /browser of whoever/,
    ],
  ])('refuses %s', (link, message) => {
    expect(() => readPlan(link)).toThrow(message);
  });

  it('still reads a link that was made before', () => {
    const made = 'ao10WG9qFD8yKFGCKzk8vRVLjghAhvV6AG0dqJgamG3y5GCSNko0RNlE9uxoA2xYjJr-a0i-_mqPn19haAGPm9UQ';
    expect(readPlan(made)).toEqual({ config: fixtureConfig(), free: ['rate'], ownSeed: false });
  });

  it('refuses a cut link, wherever it is cut', () => {
    const link = packPlan({ config: fixtureConfig(), free: [], ownSeed: false });
    for (let length = 1; length < link.length; length += 7)
      expect(() => readPlan(link.slice(0, length))).toThrow(/missing or changed/);
  });

  it('refuses a link in which one letter has changed', () => {
    const link = packPlan({ config: fixtureConfig(), free: [], ownSeed: false });
    for (let place = 1; place < link.length; place++) {
      const other = link[place] === 'B' ? 'C' : 'B';
      const changed = link.slice(0, place) + other + link.slice(place + 1);
      // The last letter holds bits that stand for nothing.
      if (place < link.length - 1) expect(() => readPlan(changed)).toThrow(/missing or changed/);
    }
  });

  it('does not unpack a bomb', () => {
    const bomb = packed({ v: 1, config: 'x'.repeat(2_000_000) });
    expect(bomb.length).toBeLessThan(MOST_CHARACTERS);
    expect(() => readPlan(bomb)).toThrow(/missing or changed/);
  });

  it('names what has to be brought along', () => {
    const config = fixtureConfig();
    const own = {
      id: 'own',
      name: 'Own',
      metric: 'exact-match' as const,
      data: { kind: 'stored' as const, id: 'd', mapping: { input: '{a}', target: '{b}' } },
    };
    expect(broughtTasks(config)).toEqual([]);
    expect(broughtTasks({ ...config, tasks: [...config.tasks, own] })).toEqual([own]);
    expect(unshareable(config)).toBeNull();
    expect(unshareable({ ...config, model: { source: 'stored', id: 'm' } })).toMatch(/this browser alone/);
  });

  it('says so when a plan is too long', () => {
    // Nothing that deflate could shorten.
    const noise = Array.from({ length: 90 }, (_, i) =>
      createHash('sha512').update(`${i}`).digest('hex'),
    ).join('');
    const mapping = { input: `${noise}{a}`, target: '{b}' };
    const data = { kind: 'stored' as const, id: 'd', mapping };
    const config = fixtureConfig();
    const long = { ...config, tasks: config.tasks.map((task) => ({ ...task, data })) };
    expect(() => packPlan({ config: long, free: [], ownSeed: false })).toThrow(/characters/);
  });
});
