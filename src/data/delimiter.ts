/** Which character separates the fields, judged by how evenly it cuts the lines. */
import Papa from 'papaparse';

export type Delimiter = ',' | '\t' | ';' | '|';

const NAMES: Record<Delimiter, string> = { ',': 'comma', '\t': 'tab', ';': 'semicolon', '|': 'pipe' };
export const delimiterName = (delimiter: Delimiter): string => NAMES[delimiter];

export interface DelimiterGuess {
  delimiter: Delimiter;
  /** Share of the rows that have the usual number of fields. */
  evenness: number;
  width: number;
}

/** The end of a record; papaparse takes a \r before it for space, so \n also serves files with \r\n. */
export const newlineOf = (text: string): '\n' | '\r' =>
  !text.includes('\n') && text.includes('\r') ? '\r' : '\n';

const SAMPLE_CHARACTERS = 2_000_000;
const SAMPLE_ROWS = 100;

/**
 * @param preferred wins a tie; the file's extension suggests it
 * @returns nothing when no character cuts most lines into the same number of fields
 */
export function guessDelimiter(text: string, preferred: Delimiter): DelimiterGuess | undefined {
  const order = [...new Set<Delimiter>([preferred, '\t', ',', ';', '|'])];
  let best: (DelimiterGuess & { score: number }) | undefined;
  for (const delimiter of order) {
    const guess = evennessOf(text, delimiter);
    if (guess.width > 1 && (!best || guess.score > best.score + 1e-9)) best = { delimiter, ...guess };
  }
  return best && best.evenness >= 0.5 ? best : undefined;
}

function evennessOf(text: string, delimiter: Delimiter): { evenness: number; width: number; score: number } {
  const head = text.slice(0, SAMPLE_CHARACTERS);
  const options = { delimiter, newline: newlineOf(text), preview: SAMPLE_ROWS } as const;
  const quoted = Papa.parse<string[]>(head, options);
  const broken = quoted.errors.some((e) => e.type === 'Quotes');
  const { data } = broken ? Papa.parse<string[]>(head, { ...options, fastMode: true }) : quoted;
  if (head.length < text.length && data.length > 1 && data.length < SAMPLE_ROWS) data.pop();
  const widths = new Map<number, number>();
  let rows = 0;
  for (const row of data) {
    if (row.every((cell) => cell.trim() === '')) continue;
    rows++;
    widths.set(row.length, (widths.get(row.length) ?? 0) + 1);
  }
  let width = 0;
  for (const [n, times] of widths) if (times > (widths.get(width) ?? 0)) width = n;
  const evenness = rows === 0 ? 0 : (widths.get(width) ?? 0) / rows;
  // Quotes that do not close speak against a delimiter, but weakly: plain TSV has them.
  return { evenness, width, score: evenness - (broken ? 0.05 : 0) };
}
