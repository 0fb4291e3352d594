import { expect, test } from 'vitest';
import { loraDefaults, loraFields, loraGuide } from './loraGuide';

test('every setting of LoRA has a field of its kind, which offers its usual value', () => {
  const usual: Readonly<Record<string, unknown>> = loraDefaults();
  expect(loraFields.map(({ key }) => key).sort()).toEqual(Object.keys(usual).sort());
  for (const { key, kind, options } of loraFields) {
    const value = usual[key];
    expect(Array.isArray(value) ? 'set' : typeof value === 'number' ? 'number' : 'choice', key).toBe(kind);
    const offered = options?.map(([option]) => option);
    for (const one of Array.isArray(value) ? value : [value]) if (offered) expect(offered).toContain(one);
  }
  for (const sentence of [loraGuide.does, loraGuide.costs]) expect(sentence).toMatch(/^[A-Z].*\.$/);
});
