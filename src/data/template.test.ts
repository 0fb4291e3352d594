import { describe, expect, test } from 'vitest';
import { compileTemplate, renderTemplate, templateColumns } from './template';

const columns = ['text', 'the label', '__proto__'];
const row = ['hello', 'greet', 'p'];

test('fills holes, keeps doubled braces as braces', () => {
  expect(renderTemplate('Say: {text} / { the label } {{text}} {__proto__}', row, columns)).toBe(
    'Say: hello / greet {text} p',
  );
  expect(renderTemplate('no hole', row, columns)).toBe('no hole');
  expect(renderTemplate('{{{text}}}', row, columns)).toBe('{hello}');
});

test('what a cell holds is never read as a template', () => {
  expect(renderTemplate('{text}', ['{the label} $& {{'], ['text'])).toBe('{the label} $& {{');
});

test('names its columns, each once', () => {
  expect(templateColumns('{b} {a} {{c}} {b}')).toEqual(['b', 'a']);
});

describe('bad templates are refused with the place', () => {
  test.each([
    ['Say {txt}', 'character 5: no column is named "txt"; the columns are "text", "the label", "__proto__"'],
    ['Say {constructor}', 'no column is named "constructor"'],
    ['Say {text', 'character 5: a "{" that is never closed'],
    ['Say text}', 'character 9: a "}" that closes nothing'],
    ['{}', 'character 1: expected the name of a column'],
    ['{a{b}', 'character 1: expected the name of a column'],
  ])('%s', (template, message) => {
    expect(() => compileTemplate(template, columns)).toThrow(message);
  });
});
