/** Any file a person may drop on the page, as a table; or an error that says where and what was expected. */
import { readDelimited } from './delimited';
import { delimiterName, guessDelimiter, type Delimiter } from './delimiter';
import { decodeText } from './encoding';
import { readJson, readJsonLines } from './json';
import { readLabelledLines } from './labelled';
import { DataError, type Table } from './task';

type Kind = 'json' | 'jsonl' | 'csv' | 'tsv' | 'text';

const EXTENSIONS = new Map<string, Kind>([
  ['json', 'json'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['jsonlines', 'jsonl'],
  ['csv', 'csv'],
  ['tsv', 'tsv'],
  ['tab', 'tsv'],
]);

/**
 * @param bytes the whole file
 * @param fileName names the file in messages; its extension is a hint, the content decides
 * @throws DataError naming file, line and column
 */
export function readTable(bytes: Uint8Array, fileName: string): Table {
  if (bytes.length === 0)
    throw new DataError({
      file: fileName,
      message: 'the file is empty; expected CSV, TSV, JSON or JSON Lines.',
    });
  const { text, encoding, warnings } = decodeText(bytes, fileName);
  if (text.trim() === '')
    throw new DataError({ file: fileName, message: 'the file holds only white space; expected rows.' });
  const table = readText(
    text,
    fileName,
    EXTENSIONS.get(/\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '') ?? 'text',
  );
  return { ...table, encoding, warnings: [...warnings, ...table.warnings] };
}

function readText(text: string, file: string, kind: Kind): Omit<Table, 'encoding'> {
  const bracketed = /^\s*[[{]/.test(text);
  if (kind === 'json' || kind === 'jsonl')
    return isJsonLines(text, kind) ? readJsonLines(text, file) : readJson(text, file);
  // JSON under another name; a CSV may open with a bracket too, so it has to read as JSON.
  if (bracketed && /^\s*(\[\s*[[{]|\{\s*["'}])/.test(text)) {
    try {
      return isJsonLines(text, kind) ? readJsonLines(text, file) : readJson(text, file);
    } catch (error) {
      if (kind === 'text') throw error;
    }
  }
  const preferred: Delimiter = kind === 'csv' ? ',' : '\t';
  const guess = guessDelimiter(text, preferred);
  if (kind === 'text') {
    const labelled = readLabelledLines(text);
    if (labelled)
      return {
        ...labelled,
        format: 'labelled text',
        warnings: [{ file, message: 'read as lines of a label and a text.' }],
      };
    if (!guess || guess.evenness < 0.95)
      throw new DataError({
        file,
        line: 1,
        message:
          'no columns found; expected CSV, TSV, JSON or JSON Lines, or lines that each begin with a label (LABEL:kind text, or __label__name text).',
      });
  }
  const delimiter = guess?.delimiter ?? preferred;
  const table = readDelimited(text, delimiter, file);
  const warnings =
    (kind === 'csv' && delimiter !== ',') || (kind === 'tsv' && delimiter !== '\t')
      ? [{ file, message: `fields are separated by ${delimiterName(delimiter)}s, by the look of the lines.` }]
      : [];
  return {
    ...table,
    format: delimiter === '\t' ? 'tsv' : 'csv',
    delimiter,
    warnings: [...warnings, ...table.warnings],
  };
}

/** Several lines, most of them a whole object or list each. */
function isJsonLines(text: string, kind: Kind): boolean {
  let whole = 0;
  let lines = 0;
  for (const match of text.slice(0, 10_000_000).matchAll(/[^\r\n]+/g)) {
    const line = match[0].trim();
    if (line === '') continue;
    lines++;
    if (/^\{.*\}$|^\[.+\]$/.test(line)) whole++;
    if (lines === 50) break;
  }
  if (lines === 1) return kind === 'jsonl';
  return whole > lines / 2 || (kind === 'jsonl' && !/^\s*(\[|\{)\s*[\r\n]/.test(text));
}
