/** A data file too large to be read as a whole, dropped on the page: `npm run large -- data` in short. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { dropLarge } from '../../tools/large/data.mjs';

it('shows its first rows at once, samples it fairly, and stops reading when it is told to', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lethe-dropped-'));
  try {
    const { rows, kept, previewShare } = await dropLarge(folder, { bytes: 60e6, format: 'csv' });
    expect(rows).toBeGreaterThan(100_000);
    expect(kept).toBe(20_000);
    // They stood there when nearly all of the file had still to be read.
    expect(previewShare).toBeLessThan(0.1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
