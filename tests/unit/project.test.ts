import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildStamp, dist, fingerprint, root } from '../../tools/project.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'lethe-stamp-'));
const stamp = path.join(folder, 'build');
afterAll(() => {
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  writeFileSync(stamp, 'of an earlier build');
});
afterEach(() => vi.unstubAllEnvs());

it('a build for another Hub is another build', async () => {
  const before = await fingerprint();
  expect(await fingerprint()).toBe(before);
  vi.stubEnv('VITE_HUB', 'https://mirror.test');
  const mirror = await fingerprint();
  vi.stubEnv('VITE_HUB_STORAGE', 'https://storage.test');
  expect(new Set([before, mirror, await fingerprint()]).size).toBe(3);
});

/** The hooks of the plugin, as Vite calls them. */
interface Hooks {
  configResolved: (config: { root: string; build: { outDir: string }; mode: string }) => void;
  buildStart: () => Promise<void>;
  writeBundle: () => void;
  closeBundle: { handler: () => void };
}

async function built({ outDir = 'dist', mode = 'production', fails = false } = {}): Promise<void> {
  const plugin = buildStamp(stamp) as unknown as Hooks;
  plugin.configResolved({ root, build: { outDir }, mode });
  await plugin.buildStart();
  if (!fails) plugin.writeBundle();
  plugin.closeBundle.handler();
}

describe('the stamp of a build', () => {
  it('is that of what was built, by any command', async () => {
    await built();
    expect(readFileSync(stamp, 'utf8')).toBe(await fingerprint());
    await built({ outDir: dist });
    expect(existsSync(stamp)).toBe(true);
  });

  it('goes with a build that fails or is another page, and stays with one into another folder', async () => {
    await built({ outDir: path.join(folder, 'elsewhere') });
    expect(readFileSync(stamp, 'utf8')).toBe('of an earlier build');
    await built({ fails: true });
    expect(existsSync(stamp)).toBe(false);
    await built({ mode: 'development' });
    expect(existsSync(stamp)).toBe(false);
  });
});
