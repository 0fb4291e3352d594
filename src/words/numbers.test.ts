import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test('numbers of the page and of a report have the decimal sign of its language', async () => {
  vi.stubGlobal('document', {});
  vi.stubGlobal('navigator', { languages: ['de-AT'] });
  const { fixed, signed } = await import('./numbers');
  expect([fixed(1234.56, 1), signed(-0.31, 1), signed(2.5, 1)]).toEqual(['1234,6', '−0,3', '+2,5']);
  const { withInterval } = await import('../run/study/report');
  expect(withInterval({ mean: 61.24, low: 60, high: 63, n: 3 })).toBe('61,2 ± 1,5');
});
