import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { root } from '../../tools/project.mjs';
import { findBrowser } from '../browser/find.mjs';

afterEach(() => vi.unstubAllEnvs());

describe('finding a browser', () => {
  it.each([
    ['chromium', 'LETHE_CHROMIUM'],
    ['firefox', 'LETHE_FIREFOX'],
  ] as const)('takes the %s that %s names', (name, variable) => {
    vi.stubEnv(variable, process.execPath);
    expect(findBrowser(name)).toBe(process.execPath);
  });

  it('says so when the named one does not exist', () => {
    vi.stubEnv('LETHE_CHROMIUM', '/no/such/browser');
    expect(() => findBrowser('chromium')).toThrow(
      'LETHE_CHROMIUM names /no/such/browser, which does not exist',
    );
  });
});

describe('npm test', () => {
  const run = (...steps: string[]) =>
    spawnSync(process.execPath, [path.join(root, 'tools/test.mjs'), ...steps], { encoding: 'utf8' });

  it('refuses a step that there is not', () => {
    const { status, stderr } = run('nothing');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^There is no step nothing; the steps are lint, format, types, unit, /);
  });
});
