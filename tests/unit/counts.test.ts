import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countIn, failureLines, testCount } from '../../tools/counts.mjs';
import { root } from '../../tools/project.mjs';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'lethe-counts-'))));
afterAll(() => rm(folder, { recursive: true }));

const works = { name: 'works', state: 'passed' };
const file = (...tests: { name: string; state: string; message?: string }[]) => ({
  file: path.join(root, 'src/a.test.ts'),
  tests,
  errors: [],
});

describe('what vitest reports', () => {
  it('is counted as it is named: failed, left out, and failed outside the tests', () => {
    const failed = { name: 'breaks', state: 'failed', message: 'expected 1\nto be 2' };
    const {
      passed,
      failed: many,
      failures,
    } = testCount(
      [
        file(works),
        file(failed, { name: 'rests', state: 'skipped' }, works),
        { ...file(), errors: ['no such module\nat a.ts'] },
      ],
      ['a promise was rejected'],
    );
    expect(failures).toEqual([
      'src/a.test.ts: breaks: expected 1',
      'src/a.test.ts: rests: was skipped',
      'src/a.test.ts: no such module',
      'a promise was rejected',
    ]);
    expect([passed, many]).toEqual([2, 4]);
  });
});

describe('what a command wrote', () => {
  const count = async (text: string | null, code: number) => {
    const report = path.join(folder, 'report.json');
    await rm(report, { force: true });
    if (text !== null) await writeFile(report, text);
    return countIn(report, code);
  };

  it('is its count, and one failure with its reason where that says nothing of what went wrong', async () => {
    expect(await count('{"passed":2,"failed":0}', 0)).toEqual({ passed: 2, failed: 0 });
    expect(await count('{"passed":2,"failed":1}', 1)).toEqual({ passed: 2, failed: 1 });
    expect(await count('{"passed":2,"failed":0}', 124)).toEqual({
      passed: 2,
      failed: 1,
      failures: ['ended with 124 and counted no failure'],
    });
    expect(await count(null, 0)).toMatchObject({ failed: 1, failures: ['counted nothing'] });
    expect(await count('{"passed":2,', 1)).toMatchObject({
      passed: 0,
      failed: 1,
      failures: [expect.stringContaining('cannot be read') as string],
    });
  });
});

it('names a step that failed without a line of its own', () => {
  expect(failureLines('lint', { passed: 0, failed: 1 })).toEqual(['lint: see its output above']);
  expect(failureLines('unit', { passed: 0, failed: 1, failures: ['a'] })).toEqual(['unit: a']);
  expect(failureLines('unit', { passed: 1, failed: 0 })).toEqual([]);
});
