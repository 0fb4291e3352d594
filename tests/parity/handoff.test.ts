/**
 * The PyTorch program of a hand-off against our engine: the same small plans, computed by tools/parity/make_handoff.py,
 * some of them by two processes, are run here again.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { reservoirPlace } from '../../src/continual/methods/memory';
import { jointOrder } from '../../src/continual/mixture';
import { evaluationSample, ExampleOrder } from '../../src/continual/order';
import { bootstrap, wilson } from '../../src/continual/scores';
import { sampleLabels } from '../../src/engine/ops/sampleLabels/reference';
import { scalars } from '../../src/engine/program/scalars';
import { draw, hash, shuffled, streamKey } from '../../src/engine/random';
import { parseRunConfig } from '../../src/run/config';
import { packBits, packCodes, packFloats } from '../../src/run/outcomes';
import type { RunResult } from '../../src/run/result';
import { parseRunResult } from '../../src/run/resultSchema';
import { runInNode } from '../../tools/parity/nodeRun';

const root = path.resolve(import.meta.dirname, '../..');
const fixtures = path.join(root, 'tests/fixtures/handoff');
const micro = path.join(root, 'tests/fixtures/models/micro');
const sources = path.join(root, 'src/handoff/python');

/** Under load the host's threads take turns. */
const SLOW = { timeout: 120_000 };

const read = (name: string): unknown => JSON.parse(readFileSync(path.join(fixtures, name), 'utf8'));

interface Case {
  name: string;
  processes: number;
  changes: object;
  plan?: object;
}
const { config, cases } = read('cases.json') as { config: { plan: object }; cases: Case[] };

type Kept = Pick<
  RunResult,
  'bands' | 'losses' | 'evaluations' | 'matrix' | 'metrics' | 'samples' | 'cost' | 'truncated' | 'relearning'
> &
  Partial<RunResult> & { sources: string };

/** Every number within 1e-3, all else equal; `path` says where. */
function expectClose(found: unknown, wanted: unknown, where: string): void {
  if (typeof wanted === 'number') {
    expect(typeof found, where).toBe('number');
    expect(Math.abs((found as number) - wanted), where).toBeLessThan(1e-3);
  } else if (wanted !== null && typeof wanted === 'object') {
    expect(Object.keys(found as object).sort(), where).toEqual(Object.keys(wanted).sort());
    for (const [key, value] of Object.entries(wanted))
      expectClose((found as Record<string, unknown>)[key], value, `${where}.${key}`);
  } else expect(found, where).toEqual(wanted);
}

/** Packed single precision is compared as numbers. */
function withoutNats(matrix: RunResult['matrix']): unknown {
  return matrix.map((row) => ({
    ...row,
    scores: row.scores.map(({ outcomes, ...score }) => ({
      ...score,
      outcomes: { ...outcomes, nats: null, written: null },
    })),
  }));
}

describe('the Python sources', () => {
  it('are those that the fixtures were made with', () => {
    const found = createHash('sha256');
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.py')).sort())
      found.update(`${file}\n`).update(readFileSync(path.join(sources, file)));
    const digest = found.digest('hex');
    const names = ['draws', ...cases.map(({ name }) => `result-${name}`)];
    const others = names.filter((name) => (read(`${name}.json`) as { sources: string }).sources !== digest);
    expect(others, 'make them again: python tools/parity/make_handoff.py').toEqual([]);
  });

  it('keep to the length that all files keep to', () => {
    for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('.py'))
        expect(readFileSync(path.join(sources, file), 'utf8').split('\n').length, file).toBeLessThanOrEqual(
          301,
        );
  });
});

it('draws what we draw', () => {
  const wanted = read('draws.json') as Record<string, unknown>;
  const sizes = [5, 300, 40];
  const orders = sizes.map((n, i) => new ExampleOrder(n, 9, i + 1));
  const mixing = { mixing: 'temperature', cap: 100, temperature: 2 } as const;
  const logits = Float32Array.from({ length: 120 }, (_, i) => draw(streamKey(3, 4), i) / 2 ** 30);
  const labels = new Uint32Array(4);
  const slots = new Uint32Array(scalars.length);
  slots[scalars.sampleSeed] = 77;
  const views = [logits, new Uint32Array(4), slots, labels];
  sampleLabels(views as Parameters<typeof sampleLabels>[0], [4, 30] as never, [] as never);
  const values = Array.from({ length: 37 }, (_, i) => draw(streamKey(1, 2), i) / 2 ** 30);
  const weights = values.map((_, i) => 1 + (i % 4));
  const found = {
    sources: wanted['sources'],
    hash: [0, 1, 12345, 2 ** 31, 2 ** 32 - 1].map(hash),
    draw: [0, 1, 99, 2 ** 31].map((i) => draw(streamKey(7, 1, 4294967295), i)),
    shuffled: [...shuffled(100, 5, 1, 0)],
    order: new ExampleOrder(7, 3, 2).rows(4, 20),
    mixture: jointOrder(orders, sizes, mixing, 9, 6, 2).rows(6, 60),
    reservoir: Array.from({ length: 40 }, (_, i) => reservoirPlace(i, 4, 11, 2)),
    sample: evaluationSample(
      Array.from({ length: 50 }, (_, i) => i),
      9,
    ),
    labels: [...labels],
    bits: packBits(Array.from({ length: 21 }, (_, i) => i % 3 === 0)),
    codes: packCodes([0, 1, 258, 65535]),
    floats: packFloats([0, 1.5, -2.25e-3]),
  };
  const { wilson: share, bootstrap: interval, ...exact } = wanted;
  expect(found).toEqual(exact);
  expectClose(wilson(7, 9), share, 'wilson');
  expectClose(bootstrap(values, weights), interval, 'bootstrap');
});

it.each(cases)('$name, computed in PyTorch by $processes processes, is our run', SLOW, async (given) => {
  const wanted = read(`result-${given.name}.json`) as Kept;
  const changed = { ...config, ...given.changes, plan: { ...config.plan, ...given.plan } };
  const parsed = parseRunConfig(changed);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const found = await runInNode(parsed.config, micro, path.join(fixtures, 'tasks'));
  expect(found.error).toBeUndefined();
  expect(found.status).toBe('finished');
  expect(found.losses).toHaveLength(wanted.losses.length);
  const { cost } = found;
  for (const [key, value] of Object.entries(cost ?? {})) {
    const other = wanted.cost?.[key as keyof typeof cost] ?? NaN;
    // Sets on the device are padded a little.
    if (key.endsWith('Bytes')) expect(value / Math.max(1, other), key).toBeCloseTo(value === 0 ? 0 : 1, 0);
    else expect(value, key).toBe(other);
  }
  for (const key of ['bands', 'truncated', 'labels', 'testRows', 'parameters'] as const)
    expect(found[key], key).toEqual(wanted[key]);
  for (const key of ['losses', 'evaluations', 'metrics', 'samples', 'lost', 'relearning'] as const)
    expectClose(found[key], wanted[key], key);
  expectClose(withoutNats(found.matrix), withoutNats(wanted.matrix), 'matrix');
  // What PyTorch wrote is a result that the page opens.
  const { sources: _, ...written } = wanted;
  const device = { backend: 'pytorch', description: 'cpu', software: false, threads: 1, userAgent: 'torch' };
  expect(parseRunResult({ ...found, ...written, device })).toMatchObject({ ok: true });
});
