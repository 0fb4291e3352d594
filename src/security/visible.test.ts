import { expect, test } from 'vitest';
import { visible } from './visible';

test('what acts unseen is spelled out', () => {
  expect(visible('\u202Egnp.exe\u202C')).toBe('⟨U+202E⟩gnp.exe⟨U+202C⟩');
  expect(visible('a\u0000b\u001B[31m\u2066')).toBe('a⟨U+0000⟩b⟨U+001B⟩[31m⟨U+2066⟩');
  expect(visible('x\uD800y')).toBe('x⟨U+D800⟩y');
});

test('writing of any kind, emoji made of several characters and line breaks are left as they are', () => {
  for (const text of ['עברית', 'العربية', 'क्‍ष', '👩‍👩‍👧', 'a\nb\tc', 'Z̸̡͓', '']) expect(visible(text)).toBe(text);
});
