import { describe, expect, test } from 'vitest';
import { decodeText } from './encoding';

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)),
  );
const utf16 = (text: string, little: boolean) =>
  Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)).flatMap((code) => {
    return little ? [code & 255, code >> 8] : [code >> 8, code & 255];
  });

describe('Unicode', () => {
  test('UTF-8 with and without a byte-order mark', () => {
    expect(decodeText(bytes('naïve,“ok”'), 'a.csv')).toEqual({
      text: 'naïve,“ok”',
      encoding: 'utf-8',
      warnings: [],
    });
    const marked = decodeText(bytes([0xef, 0xbb, 0xbf], 'text,label'), 'a.csv');
    expect(marked.text).toBe('text,label');
    expect(marked.encoding).toContain('byte-order mark');
  });

  test.each([
    ['little', true, [0xff, 0xfe]],
    ['big', false, [0xfe, 0xff]],
  ])('UTF-16, %s endian, with and without a mark', (_, little, mark) => {
    const text = 'text,label\r\nçà va,yes\r\n';
    expect(decodeText(bytes(mark, utf16(text, little)), 'a.csv')).toMatchObject({ text, warnings: [] });
    const unmarked = decodeText(bytes(utf16(text, little)), 'a.csv');
    expect(unmarked.text).toBe(text);
    expect(unmarked.warnings[0]?.message).toContain('no byte-order mark');
  });

  test('a broken UTF-16 file is refused', () => {
    expect(() => decodeText(bytes([0xff, 0xfe], utf16('ab', true), [0x41]), 'a.csv')).toThrow(
      /a\.csv: .*UTF-16LE/,
    );
  });

  test('a few damaged bytes do not garble a UTF-8 file', () => {
    const read = decodeText(bytes('ääääääääää\nö', [0xff], 'ö'), 'a.csv');
    expect(read.text).toBe('ääääääääää\nö\uFFFDö');
    expect(read.encoding).toBe('utf-8');
    expect(read.warnings).toEqual([expect.objectContaining({ file: 'a.csv', line: 2 })]);
  });
});

describe('one byte a character', () => {
  test('Windows-1252, by its quotes and letters', () => {
    const read = decodeText(
      bytes('a\nthe city', [0x92], 's ', [0x93], 'caf', [0xe9, 0x94], ' costs ', [0x80], '5'),
      'a.csv',
    );
    expect(read.text).toBe('a\nthe city’s “café” costs €5');
    expect(read.encoding).toBe('windows-1252');
    expect(read.warnings[0]).toMatchObject({ line: 2, column: 9 });
    expect(read.warnings[0]?.message).toContain('Windows-1252');
  });

  test('Mac Roman, by its quotes and letters', () => {
    const read = decodeText(bytes('the city', [0xd5], 's ', [0xd2], 'caf', [0x8e, 0xd3]), 'a.csv');
    expect(read.text).toBe('the city’s “café”');
    expect(read.encoding).toBe('macintosh');
  });

  test('a lone stray byte reads as Windows-1252', () => {
    expect(decodeText(bytes('sister', [0xf0], 'city'), 'a.txt').text).toBe('sisterðcity');
  });
});

test.each([
  [[0x50, 0x41, 0x52, 0x31, 0x15], 'Parquet'],
  [[0x50, 0x4b, 0x03, 0x04, 0x15], 'workbook'],
  [[0x1f, 0x8b, 0x08, 0x00], 'gzip'],
  [[0xff, 0xfe, 0x00, 0x00, 0x41, 0, 0, 0], 'UTF-32'],
])('binary files are refused by name: %s', (start, what) => {
  expect(() => decodeText(bytes(start), 'data.bin')).toThrow(new RegExp(`^data\\.bin: .*${what}.*expected`));
});

test('a zero byte is refused with its place', () => {
  expect(() => decodeText(bytes('a,b\nc', [0], 'd,e\nand so on, and on'), 'a.csv')).toThrow(
    /^a\.csv, line 2, column 2: /,
  );
});
