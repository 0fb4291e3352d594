import { expect, test } from 'vitest';
import { Places, counted, quoteShort } from './places';

test('counts lines and columns from 1, whatever ends a line', () => {
  const places = new Places('ab\ncd\r\nef\rgh');
  expect(places.at(0)).toEqual({ line: 1, column: 1 });
  expect(places.at(4)).toEqual({ line: 2, column: 2 });
  expect(places.at(7)).toEqual({ line: 3, column: 1 });
  expect(places.at(11)).toEqual({ line: 4, column: 2 });
  expect(places.at(999)).toEqual({ line: 4, column: 3 });
});

test('shortens data for messages', () => {
  expect(quoteShort('a\n b')).toBe('"a b"');
  expect(quoteShort('x'.repeat(50), 10)).toBe(`"${'x'.repeat(9)}…"`);
  expect(counted(1, 'row')).toBe('1 row');
  expect(counted(1200, 'row')).toBe('1,200 rows');
});
