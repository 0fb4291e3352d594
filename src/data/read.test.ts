import { describe, expect, test } from 'vitest';
import { readTable } from './read';
import { DataError } from './task';

const read = (text: string, name = 'data.csv') => readTable(new TextEncoder().encode(text), name);
const warnings = (text: string, name?: string) => read(text, name).warnings.map((w) => w.message);

const containing = (part: string) => expect.stringContaining(part) as string;

/** The message of the DataError that reading ends in. */
function refusal(text: string, name = 'data.csv'): string {
  try {
    read(text, name);
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
  throw new Error('the file was read');
}

describe('CSV', () => {
  test('quotes, delimiters and newlines inside fields; CRLF; line numbers', () => {
    const table = read('text,label\r\n"a, ""b""\r\nc",x\r\n\r\nplain,y\r\n');
    expect(table).toMatchObject({
      columns: ['text', 'label'],
      rows: [
        ['a, "b"\r\nc', 'x'],
        ['plain', 'y'],
      ],
      lines: [2, 5],
      format: 'csv',
      delimiter: ',',
      warnings: [],
    });
  });

  test('\\n, \\r\\n and \\r ends, mixed or old', () => {
    const rows = [
      ['a', 'x'],
      ['b', 'y'],
    ];
    expect(read('text,label\na,x\r\nb,y').rows).toEqual(rows);
    expect(read('text,label\ra,x\rb,y\r')).toMatchObject({ rows, lines: [2, 3] });
    expect(read('text,label\r\n"a",x\r\n"b","y"\r').rows).toEqual(rows);
  });

  test.each([
    [';', 'data.csv'],
    ['|', 'data.csv'],
    ['\t', 'data.csv'],
    [',', 'data.tsv'],
  ])('finds the delimiter %j in %s and says so', (delimiter, name) => {
    const text = ['text,x', 'a, b, c', 'd', 'e, f'].map((t, i) => `"${t}"${delimiter}l${i % 2}`).join('\n');
    const table = read(`text${delimiter}label\n${text}`, name);
    expect(table.columns).toEqual(['text', 'label']);
    expect(table.rows[1]).toEqual(['a, b, c', 'l1']);
    expect(table.delimiter).toBe(delimiter);
    expect(table.warnings[0]?.message).toContain('separated by');
  });

  test('commas in the text of a semicolon file do not mislead', () => {
    expect(read('text;label\nyes, it is;a\nno;b\nwell, well, well;a\n').rows[2]).toEqual([
      'well, well, well',
      'a',
    ]);
  });

  test('a file without header gets numbered columns', () => {
    const table = read('I love it so much!,positive\nNo.,negative\nFine.,positive\n');
    expect(table.columns).toEqual(['column 1', 'column 2']);
    expect(table.rows).toHaveLength(3);
    expect(table.warnings[0]?.message).toContain('no header');
    expect(read('great phone,1\nbad phone,0\n').rows).toHaveLength(2);
  });

  test('headers of unusual names, of numbers, with spaces', () => {
    expect(read('Easy , Hard\nA long sentence here.,Another one there.\n').columns).toEqual(['Easy', 'Hard']);
    expect(read('0,1\nsome words,yes\nmore words,no\n').columns).toEqual(['0', '1']);
    expect(read('words,count\na,1\nb,2\n').columns).toEqual(['words', 'count']);
  });

  test('duplicate, empty and braced column names are made usable, and said', () => {
    const table = read('text,text,,a{b}\n1,2,3,4\n5,6,7,8\n');
    expect(table.columns).toEqual(['text', 'text 2', 'column 3', 'a(b)']);
    expect(table.warnings.map((w) => w.message).join()).toMatch(/two columns are named "text".*braces/);
  });

  test('columns named __proto__ and constructor are columns', () => {
    const table = read('__proto__,constructor,toString\na,b,c\n');
    expect(table.columns).toEqual(['__proto__', 'constructor', 'toString']);
    expect(table.rows).toEqual([['a', 'b', 'c']]);
  });

  test('ragged rows lose nothing and name their line', () => {
    const table = read('text,label\na,x\nb\nc,y,further\nd,z\n');
    expect(table.columns).toEqual(['text', 'label', 'column 3']);
    expect(table.rows).toEqual([
      ['a', 'x', ''],
      ['b', '', ''],
      ['c', 'y', 'further'],
      ['d', 'z', ''],
    ]);
    expect(table.warnings).toEqual([
      { file: 'data.csv', line: 3, message: containing('expected 2 fields, found 1') },
      { file: 'data.csv', line: 4, message: containing('expected 2 fields, found 3') },
    ]);
  });

  test('a quote that never closes is refused where it opens', () => {
    expect(refusal('text,label\na,x\nb,"y\nc,z\n')).toMatch(
      /^data\.csv, line 3, column 3: .*never closes; expected a closing quote/,
    );
  });

  test('a quote inside a quoted field is refused where it stands', () => {
    expect(refusal('text,label\na,x\n"he said "hi" to me",y\n')).toMatch(
      /^data\.csv, line 3, column 10: .*written twice/,
    );
  });

  test('a quote inside an unquoted field is just a quote', () => {
    expect(read('text,label\na 5" screen,x\n').rows).toEqual([['a 5" screen', 'x']]);
  });

  test('a cell of a megabyte', () => {
    const long = 'word '.repeat(210_000);
    const table = read(`text,label\n"${long}\n",x\nshort,y\n`);
    expect(table.rows[0]?.[0]).toHaveLength(long.length + 1);
    expect(table.lines).toEqual([2, 4]);
  });

  test.each([
    ['', 'the file is empty'],
    [' \n\r\n ', 'only white space'],
    ['text,label\n', 'only a header'],
    ['text,label', 'only a header'],
  ])('%j has no rows and is refused', (text, why) => {
    expect(refusal(text)).toContain(why);
    expect(refusal(text)).toContain('expected');
  });
});

describe('TSV', () => {
  test('unbalanced quotes are read as they are, with a warning', () => {
    const text = 'text\tlabel\n"Quoted" start\tx\nlone " quote\ty\n"open\tz\nlast"\tx\n';
    const table = read(text, 'a.tsv');
    expect(table.rows.map((r) => r[0])).toEqual(['"Quoted" start', 'lone " quote', '"open', 'last"']);
    expect(table.warnings[0]).toMatchObject({
      line: 2,
      message: containing('every quote kept'),
    });
  });

  test('a pair of quotes that would swallow whole lines does not', () => {
    expect(read('text\tlabel\n"open\ty\nclose"\tx\nlast\ty\n', 'a.tsv').rows).toHaveLength(3);
  });

  test('proper quoting is honoured', () => {
    expect(read('text\tlabel\n"a\nc"\tx\n"d\te"\ty\n', 'a.tsv').rows).toEqual([
      ['a\nc', 'x'],
      ['d\te', 'y'],
    ]);
  });
});

describe('JSON', () => {
  test('a list of objects: union of keys, raw numbers, nested objects, lists', () => {
    const table = read(
      '[\n{"text": "a", "id": 12345678901234567890, "meta": {"len": 1.0}},\n{"text": null, "tags": ["x", "y"], "ok": true}\n]',
      'a.json',
    );
    expect(table.columns).toEqual(['text', 'id', 'meta.len', 'tags', 'ok']);
    expect(table.rows).toEqual([
      ['a', '12345678901234567890', '1.0', '', ''],
      ['', '', '', '["x","y"]', 'true'],
    ]);
    expect(table.lines).toEqual([2, 3]);
    expect(table.listColumns).toEqual([3]);
    expect(table.warnings.map((w) => w.message).join()).toContain('1 row has no "id"');
  });

  test('named parts of rows that are lists', () => {
    const table = read('{"train": [["hello there", "greet"]], "val": [["bye", "part"]]}', 'a.json');
    expect(table.columns).toEqual(['column 1', 'column 2', 'split']);
    expect(table.partColumn).toBe(2);
    expect(table.rows).toEqual([
      ['hello there', 'greet', 'train'],
      ['bye', 'part', 'val'],
    ]);
  });

  test('rows under a key, beside other things', () => {
    const table = read(
      '{"version": 1, "data": [{"text": "a", "label": "x"}], "features": [{"name": "text"}]}',
      'a.json',
    );
    expect(table.rows).toEqual([['a', 'x']]);
    expect(table.warnings[0]?.message).toMatch(/read from "data"; left out: "version", "features"/);
  });

  test('columns of equal length, pandas columns, keyed records', () => {
    const rows = [
      ['a', 'x'],
      ['b', 'y'],
    ];
    expect(read('{"text": ["a", "b"], "label": ["x", "y"]}', 'a.json')).toMatchObject({
      columns: ['text', 'label'],
      rows,
    });
    expect(read('{"text": {"0": "a", "1": "b"}, "label": {"0": "x", "1": "y"}}', 'a.json')).toMatchObject({
      rows,
    });
    expect(read('{"r1": {"text": "a"}, "r2": {"text": "b"}}', 'a.json')).toMatchObject({
      columns: ['key', 'text'],
      rows: [
        ['r1', 'a'],
        ['r2', 'b'],
      ],
    });
    expect(refusal('{"text": ["a", "b"], "label": ["x"]}', 'a.json')).toContain('columns of equal length');
  });

  test('a list of lists with a header', () => {
    expect(read('[["text", "label"], ["a b c", "x"], ["d e f", "y"]]', 'a.json')).toMatchObject({
      columns: ['text', 'label'],
      lines: [1, 1],
    });
  });

  test('__proto__ and constructor as keys', () => {
    const table = read('[{"__proto__": "a", "constructor": {"__proto__": "b"}}]', 'a.json');
    expect(table.columns).toEqual(['__proto__', 'constructor.__proto__']);
    expect(table.rows).toEqual([['a', 'b']]);
  });

  test.each([
    ['[{"a": 1},\n {"a": }]', 'line 2, column 8: expected a value'],
    ['[{"a": 1}, 5]', 'line 1, column 12: expected an object as in the first row, found plain text'],
    ['{"a": 1}', 'line 1, column 1: an object without rows'],
    ['"text"', 'line 1, column 1: a single value'],
    ['[]', 'no rows'],
    ['[{}]', 'empty objects'],
    ['<html></html>', 'line 1, column 1: expected a value'],
    ['{"q": [{"data": [{"turn": "a"}]}]}', 'list of objects'],
  ])('%s is refused: %s', (text, why) => {
    expect(refusal(text, 'a.json')).toContain(why);
  });

  test('nested lists beside plain columns are kept as JSON', () => {
    const table = read('[{"text": "a", "spans": [{"s": 1}]}]', 'a.json');
    expect(table.rows).toEqual([['a', '[{"s":"1"}]']]);
    expect(table.listColumns).toBeUndefined();
    expect(table.warnings[0]?.message).toContain('kept as JSON');
  });
});

describe('JSON Lines', () => {
  test('by name, and by content under another name', () => {
    const text = '{"input": "a\\nb", "target": "x"}\n\n{"input": "c", "target": "y"}\n';
    for (const name of ['a.jsonl', 'a.json', 'a.txt', 'a.ndjson'])
      expect(read(text, name)).toMatchObject({
        format: 'jsonl',
        columns: ['input', 'target'],
        lines: [1, 3],
      });
    expect(read('{"input": "c", "target": "y"}', 'a.jsonl').rows).toEqual([['c', 'y']]);
  });

  test('a pretty-printed document under the wrong name', () => {
    expect(read('[\n  {\n    "a": "b"\n  }\n]\n', 'a.jsonl')).toMatchObject({
      format: 'json',
      rows: [['b']],
    });
  });

  test('errors name the line and column in the file', () => {
    expect(refusal('{"a": "b"}\n{"a": "c}\n{"a": "d"}\n', 'a.jsonl')).toMatch(
      /^a\.jsonl, line 2, column 7: expected a closing "/,
    );
    expect(refusal('{"a": "b"}\r\n["c"]\r\n', 'a.jsonl')).toMatch(
      /^a\.jsonl, line 2, column 1: expected an object/,
    );
  });

  test('Python literals, with a warning', () => {
    const table = read(`{'text': "it's", 'n': None}\n{"text": "b", "n": 2}\n`, 'a.txt');
    expect(table).toMatchObject({
      format: 'python',
      columns: ['text', 'n'],
      rows: [
        ["it's", ''],
        ['b', '2'],
      ],
    });
    expect(warnings(`{'text': 'a'}\n{'text': 'b'}`, 'a.txt')[0]).toContain('Python');
  });
});

describe('plain text', () => {
  test('lines that begin with a label', () => {
    expect(
      read('DESC:def What is it ?\nHUM:ind Who is it ?\nDESC:reason Why ?\nHUM:gr Who ?\n', 'a.txt'),
    ).toMatchObject({
      columns: ['label', 'sublabel', 'text'],
      rows: [['DESC', 'def', 'What is it ?'], expect.anything(), expect.anything(), expect.anything()],
    });
    expect(read('__label__pos good one\n__label__neg bad one\n__label__pos fine\n', 'a.txt')).toMatchObject({
      columns: ['label', 'text'],
    });
  });

  test('an even delimiter will do', () => {
    expect(read('i feel fine;joy\ni feel low;sadness\ni feel good;joy\n', 'train.txt').columns).toEqual([
      'column 1',
      'column 2',
    ]);
  });

  test('prose is refused with what was expected', () => {
    expect(
      refusal('Once upon a time, there was a king.\nHe had a dog, a cat, and a bird.\nThe end.\n', 'a.txt'),
    ).toMatch(/^a\.txt, line 1: no columns found; expected CSV/);
  });
});
