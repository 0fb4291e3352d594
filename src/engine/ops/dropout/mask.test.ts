import { describe, expect, it } from 'vitest';
import { dropoutMask } from './mask';
import { maskReference } from './reference';

describe('dropoutMask', () => {
  const site = { rate: 0.1, seed: 1, step: 2, site: 3 };

  it('is the documented function of seed, step, site and index, in exact integers', () => {
    for (const s of [site, { ...site, rate: 0.5, seed: 2 ** 31, step: 1_000_000, site: 4095 }])
      expect(dropoutMask(s, 300)).toEqual(maskReference(s, 300));
  });

  it('does not depend on how many elements are drawn', () => {
    expect(dropoutMask(site, 100)).toEqual(dropoutMask(site, 1000).slice(0, 100));
  });

  it('changes with every counter', () => {
    const mask = dropoutMask(site, 200);
    for (const other of [{ seed: 9 }, { step: 9 }, { site: 9 }])
      expect(dropoutMask({ ...site, ...other }, 200)).not.toEqual(mask);
  });

  it('drops the given share and keeps the mean', () => {
    const n = 100_000;
    const mask = dropoutMask(site, n);
    const dropped = mask.filter((value) => value === 0).length;
    expect(Math.abs(dropped / n - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / n));
    expect(Math.max(...mask.slice(0, 100))).toBeCloseTo(1 / 0.9, 6);
  });
});
