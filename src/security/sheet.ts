/** Sheets on their way out: what a person exports and opens in a spreadsheet must stay text. Every export uses this. */
import Papa from 'papaparse';

/**
 * The beginning of a text that a spreadsheet would compute; a plain number is none.
 * @see OWASP, "CSV Injection"
 */
const FORMULA = /^\s*[=@\t\r|%]|^\s*[+-](?!(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$)/iu;

/**
 * CSV of rows, the first row's keys as its head. A text that would be computed gets an apostrophe before it, which
 * spreadsheets take for "this is text".
 * @param columns keys in their order, where not those of the first row
 */
export function sheetOf(rows: readonly object[], columns?: string[]): string {
  return Papa.unparse([...rows], { escapeFormulae: FORMULA, ...(columns && { columns }) });
}
