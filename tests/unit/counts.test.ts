import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countIn, failureLines, vitestCount } from '../../tools/counts.mjs';
import { root } from '../../tools/project.mjs';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'lethe-counts-'))));
afterAll(() => rm(folder, { recursive: true }));

type File = Parameters<typeof vitestCount>[0]['testResults'][number];
const file = (change: Partial<File>): File => ({
  name: path.join(root, 'src/a.test.ts'),
  status: 'passed',
  message: '',
  assertionResults: [{ status: 'passed', fullName: 'works' }],
  ...change,
});
const counted = (...testResults: File[]) => vitestCount({ numPassedTests: 3, testResults });

describe('what vitest reports', () => {
  it('is counted as it is named: failed, left out, and failed outside the tests', () => {
    const failed = { status: 'failed', fullName: 'breaks', failureMessages: ['expected 1\n  at a.ts'] };
    const {
      passed,
      failed: many,
      failures,
    } = counted(
      file({}),
      file({ status: 'failed', assertionResults: [failed, { status: 'skipped', fullName: 'rests' }] }),
      file({ status: 'failed', message: 'no such module\nat a.ts', assertionResults: [] }),
      file({ status: 'failed' }),
    );
    expect(failures).toEqual([
      'src/a.test.ts: breaks: expected 1',
      'src/a.test.ts: rests: was skipped',
      'src/a.test.ts: no such module',
      'src/a.test.ts: failed outside its tests',
    ]);
    expect([passed, many]).toEqual([3, 4]);
  });
});

describe('what a command wrote', () => {
  const count = async (text: string | null, code: number) => {
    const report = path.join(folder, 'report.json');
    await rm(report, { force: true });
    if (text !== null) await writeFile(report, text);
    return countIn(report, code, (found: { passed: number; failed: number }) => found);
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
