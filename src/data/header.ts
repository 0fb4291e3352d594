/** Whether a first row names the columns, and names that are safe to use in a template. */
import { quoteShort } from './places';
import { DataError, type DataProblem } from './task';

/** Nobody maps more by hand; and a file made to take long has many. */
const MOST_COLUMNS = 10_000;

/** Names people give to columns; one of them in the first row settles it. */
const USUAL = new Set(
  (
    'id idx index uid guid fname name title text sentence sentence1 sentence2 utterance input inputs prompt ' +
    'question query message content body document article dialogue dialog conversation review reviews comment ' +
    'tweet source src context passage instruction premise hypothesis mr data target targets output outputs label ' +
    'labels label_text category class intent sentiment emotion topic tag tags answer response reply completion ' +
    'summary highlights reference ref translation tgt score rating stars split lang language date'
  ).split(' '),
);

const NUMERIC = /^[+-]?(\d+([.,]\d+)*|\.\d+)%?$/;
const looksNumeric = (cell: string) => NUMERIC.test(cell.trim());

/** Guesses from the first row and those that follow. */
export function looksLikeHeader(rows: readonly (readonly string[])[]): boolean {
  const first = (rows[0] ?? []).map((cell) => cell.trim());
  const rest = rows.slice(1, 1000);
  if (first.every((cell) => cell === '')) return false;
  // A frame written without names: 0,1,2.
  if (first.length > 1 && rest.length > 0 && first.every((cell, i) => cell === String(i))) return true;
  if (first.some((cell) => cell.length > 60 || /[\r\n\t]/.test(cell) || /[.!?]$/.test(cell))) return false;
  if (first.some((cell) => USUAL.has(cell.toLowerCase()))) return true;
  if (new Set(first).size < first.length) return false;
  const body = first.map((_, column) => rest.map((row) => (row[column] ?? '').trim()));
  if (first.some((cell, column) => cell !== '' && body[column]?.includes(cell))) return false;
  if (first.some(looksNumeric)) return false;
  if (body.some((cells) => cells.length > 0 && cells.every((cell) => cell === '' || looksNumeric(cell))))
    return true;
  return first.every((cell) => cell.split(/\s+/).length <= 4);
}

/**
 * Turns a header into names that are unique, never empty and free of braces, and tells of every change.
 * @throws DataError where there are too many
 */
export function nameColumns(
  header: readonly string[],
  file: string,
  line?: number,
): { columns: string[]; warnings: DataProblem[] } {
  const warnings: DataProblem[] = [];
  const place = line === undefined ? { file } : { file, line };
  if (header.length > MOST_COLUMNS)
    throw new DataError({
      ...place,
      message: `${header.length.toLocaleString('en-GB')} columns; expected at most ${MOST_COLUMNS.toLocaleString('en-GB')}.`,
    });
  const taken = new Set<string>();
  const columns = header.map((raw, i) => {
    const wanted =
      raw.replace(/\s+/g, ' ').trim().replaceAll('{', '(').replaceAll('}', ')') || `column ${i + 1}`;
    let name = wanted;
    for (let n = 2; taken.has(name); n++) name = `${wanted} ${n}`;
    taken.add(name);
    if (name !== wanted)
      warnings.push({
        ...place,
        message: `two columns are named ${quoteShort(wanted)}; the later one is called ${quoteShort(name)}.`,
      });
    else if (/[{}]/.test(raw))
      warnings.push({
        ...place,
        message: `braces mark holes in templates; the column ${quoteShort(raw)} is called ${quoteShort(name)}.`,
      });
    return name;
  });
  return { columns, warnings };
}

/** Names for a file without a header. */
export const numberedColumns = (width: number): string[] =>
  Array.from({ length: width }, (_, i) => `column ${i + 1}`);
