/** Lines such as `LABEL:sub text` (question corpora) and `__label__x text` (fastText). */
import type { Table } from './task';

const PREFIXED = /^(?:__label__(\S+)|([A-Za-z][\w-]*):([A-Za-z][\w-]*))[ \t]+(\S.*)$/;

/** @returns nothing unless every line has the form and its labels recur */
export function readLabelledLines(text: string): Pick<Table, 'columns' | 'rows' | 'lines'> | undefined {
  const found: { label: string; sub: string | undefined; text: string; line: number }[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (const [i, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '') continue;
    const match = PREFIXED.exec(line);
    if (!match) return undefined;
    found.push({ label: match[1] ?? match[2] ?? '', sub: match[3], text: match[4] ?? '', line: i + 1 });
  }
  const distinct = new Set(found.map((f) => f.label)).size;
  if (found.length < 2 || distinct > Math.max(2, found.length / 3)) return undefined;
  const hasSub = found.some((f) => f.sub !== undefined);
  return {
    columns: hasSub ? ['label', 'sublabel', 'text'] : ['label', 'text'],
    rows: found.map((f) => (hasSub ? [f.label, f.sub ?? '', f.text] : [f.label, f.text])),
    lines: found.map((f) => f.line),
  };
}
