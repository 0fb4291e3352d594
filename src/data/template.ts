/** Prompt templates: `{column}` is a hole, `{{` and `}}` are literal braces. */
import { quoteShort } from './places';
import { DataError } from './task';

export type TemplatePart = { text: string } | { hole: string; at: number };

/** @throws DataError whose column is the character of the template that offends */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = '';
  const fail = (at: number, message: string): never => {
    throw new DataError({
      message: `in the template ${quoteShort(template, 60)}, character ${at + 1}: ${message}`,
    });
  };
  for (let i = 0; i < template.length; i++) {
    const char = template[i] ?? '';
    if (char !== '{' && char !== '}') {
      text += char;
    } else if (template[i + 1] === char) {
      text += char;
      i++;
    } else if (char === '}') {
      fail(i, 'a "}" that closes nothing; expected "{column}", or "}}" for a literal brace.');
    } else {
      const end = template.indexOf('}', i);
      if (end < 0) fail(i, 'a "{" that is never closed; expected "{column}", or "{{" for a literal brace.');
      const hole = template.slice(i + 1, end).trim();
      if (hole === '' || hole.includes('{')) fail(i, 'expected the name of a column between the braces.');
      if (text) parts.push({ text });
      text = '';
      parts.push({ hole, at: i });
      i = end;
    }
  }
  if (text) parts.push({ text });
  return parts;
}

/** The columns a template names, each once, in order. @throws DataError */
export function templateColumns(template: string): string[] {
  return [...new Set(parseTemplate(template).flatMap((part) => ('hole' in part ? [part.hole] : [])))];
}

export type Render = (cells: readonly string[]) => string;

/** Checks a template against the columns once, for rendering many rows. @throws DataError */
export function compileTemplate(template: string, columns: readonly string[]): Render {
  const parts = parseTemplate(template).map((part) => {
    if ('text' in part) return part.text;
    const index = columns.indexOf(part.hole);
    if (index < 0)
      throw new DataError({
        message: `in the template ${quoteShort(template, 60)}, character ${part.at + 1}: no column is named ${quoteShort(part.hole)}; the columns are ${columns.map((c) => quoteShort(c)).join(', ')}.`,
      });
    return index;
  });
  return (cells) => parts.map((part) => (typeof part === 'string' ? part : (cells[part] ?? ''))).join('');
}

/** One row through a template. @throws DataError when a hole names no column */
export const renderTemplate = (
  template: string,
  row: readonly string[],
  columns: readonly string[],
): string => compileTemplate(template, columns)(row);

/** A template that is nothing but one column; braces in names cannot occur (`nameColumns` removes them). */
export const hole = (column: string): string => `{${column}}`;
