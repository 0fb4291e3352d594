import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { RunResult } from './result';
import { parseRunResult } from './resultSchema';

const fixtures = path.resolve(import.meta.dirname, '../../tests/fixtures/handoff');
const cases = readdirSync(fixtures).filter((name) => name.startsWith('result-'));
const { config } = JSON.parse(readFileSync(path.join(fixtures, 'cases.json'), 'utf8')) as { config: object };

/** A result as the PyTorch program writes it. */
function written(name = 'result-sequential.json'): Record<string, unknown> {
  const kept = JSON.parse(readFileSync(path.join(fixtures, name), 'utf8')) as RunResult;
  const device = {
    backend: 'pytorch',
    description: 'PyTorch',
    software: false,
    threads: 1,
    userAgent: 'Python',
  };
  return {
    ...kept,
    version: 1,
    id: 'x',
    name: 'Hand-off, PyTorch',
    status: 'finished',
    createdAt: '2026-11-24T00:00:00.000Z',
    updatedAt: '2026-11-24T00:00:00.000Z',
    config,
    device,
    step: kept.losses.length,
    totalSteps: kept.losses.length,
    timings: [],
  };
}

test.each(cases)('%s is a result', (name) => {
  expect(parseRunResult(written(name))).toMatchObject({ ok: true });
});

describe('a file that is none', () => {
  const problems = (change: (result: Record<string, unknown>) => void) => {
    const result = structuredClone(written());
    change(result);
    const parsed = parseRunResult(result);
    return parsed.ok ? [] : parsed.problems.map((p) => `${p.path}: ${p.message}`);
  };

  it('is told where it is wrong', () => {
    expect(problems((r) => (r['losses'] = [1, 'two']))).toEqual([
      expect.stringMatching(/^losses\.1: .*number.*"two"/),
    ]);
    expect(problems((r) => (r['createdAt'] = 'yesterday'))).toEqual(['createdAt: expected a date']);
    expect(problems((r) => delete r['metrics'])[0]).toMatch(/^metrics: /);
    expect(problems((r) => (r['config'] = { version: 1 })).length).toBeGreaterThan(0);
  });

  it('must be of one plan', () => {
    expect(
      problems((r) => {
        const [row] = r['matrix'] as RunResult['matrix'];
        row!.scores.pop();
      }),
    ).toEqual(['matrix.0.scores: no score of the task "echo"']);
    expect(problems((r) => (r['matrix'] as unknown[]).shift())[0]).toMatch(/^matrix\.0\.stage: expected 0/);
    expect(problems((r) => (r['totalSteps'] = 3))).toEqual(['losses: 51 losses of 3 steps']);
  });
});
