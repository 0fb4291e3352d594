import { describe, expect, test } from 'vitest';
import { LiteralError, readLiteral, type Dialect, type Value } from './literal';

/** What `JSON.parse` would give, for comparison. */
function plain(value: Value): unknown {
  if (value.kind === 'list') return value.items.map(plain);
  if (value.kind === 'dict')
    return Object.fromEntries([...value.entries].map(([key, inner]) => [key, plain(inner)]));
  if (value.kind === 'number') return Number(value.text);
  if (value.kind === 'boolean') return value.text === 'true';
  return value.kind === 'null' ? null : value.text;
}

function fault(text: string, dialect: Dialect = 'json'): [number, string] {
  try {
    readLiteral(text, dialect);
  } catch (error) {
    if (error instanceof LiteralError) return [error.offset, error.expected];
    throw error;
  }
  throw new Error(`${text} was read`);
}

describe('JSON', () => {
  test.each([
    '{"a": [1, -2.5e3, true, false, null], "b": {"c": "d"}}',
    '[]',
    '{}',
    ' "\\u00e9\\n\\t\\"\\\\\\/ \\ud83d\\ude00" ',
    '[[[1]], {"x": {}}]',
    '0',
    '-0.5',
  ])('reads %s as JSON.parse does', (text) => {
    expect(plain(readLiteral(text, 'json'))).toEqual(JSON.parse(text));
  });

  test('keeps numbers as they are written', () => {
    expect(readLiteral('113542617735902999999', 'json')).toEqual({
      kind: 'number',
      text: '113542617735902999999',
      at: 0,
    });
    expect(readLiteral('1.0', 'json')).toMatchObject({ text: '1.0' });
  });

  test('a key named __proto__ is a key', () => {
    const value = readLiteral('{"__proto__": "x", "constructor": "y"}', 'json');
    expect(value.kind === 'dict' && [...value.entries.keys()]).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test.each([
    ['{"a": 1,}', 8, 'key in quotes'],
    ['{"a" 1}', 5, '":" after the key'],
    ['[1 2]', 3, '"," or "]"'],
    ['{"a": "b', 6, 'closing "'],
    ['["a\nb"]', 1, 'closing "'],
    ['{"a": nope}', 6, 'a value'],
    ['[1] x', 4, 'nothing after'],
    ['["\\x41"]', 2, 'escape that JSON knows'],
    ['{"a": 1, "a": 2}', 9, 'each key once'],
    ['', 0, 'found the end'],
    ['[01]', 2, '"," or "]"'],
    ["{'a': 1}", 1, 'key in quotes'],
  ])('%s is refused at offset %i', (text, offset, expected) => {
    const [at, message] = fault(text);
    expect(at).toBe(offset);
    expect(message).toContain(expected);
  });

  test('refuses nesting that would overflow the stack', () => {
    expect(fault('['.repeat(100_000))[1]).toContain('levels of nesting');
  });
});

describe('Python literals', () => {
  test('quotes of both kinds, tuples, words, trailing commas, joined strings', () => {
    const text = `{'a': "it's", 'b': ('x', 'y',), u'c': None, 'd': True, 'e': 'one ' 'two', 'f': 1_000, 'g': [1,],}`;
    expect(readLiteral(text, 'python')).toMatchObject({ kind: 'dict' });
    const value = readLiteral(text, 'python');
    if (value.kind !== 'dict') throw new Error('not a dict');
    const texts = [...value.entries].map(([key, inner]) => [key, plain(inner)]);
    expect(texts.filter(([key]) => key !== 'f')).toEqual([
      ['a', "it's"],
      ['b', ['x', 'y']],
      ['c', null],
      ['d', true],
      ['e', 'one two'],
      ['g', [1]],
    ]);
  });

  test('escapes', () => {
    expect(readLiteral(String.raw`'\x41\u00e9\U0001F600\n\'\q'`, 'python')).toMatchObject({
      text: "Aé😀\n'\\q",
    });
  });

  test('calls and sets are refused where they stand', () => {
    expect(fault("{'a': datetime(2020)}", 'python')).toEqual([6, expect.stringContaining('a value')]);
    expect(fault("{'a', 'b'}", 'python')[1]).toContain('":"');
  });
});
