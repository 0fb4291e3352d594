/** What a chart shows, as a table for LaTeX, with what it takes to repeat it in the caption. */
import type { Caption } from './export';
import { tableOf, type ChartTable } from './table';
import type { ChartView } from './view';

/** More rows than this run over pages. */
const LONG = 45;

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '−': '$-$',
  '→': '$\\to$',
  '▲': '$\\uparrow$',
  '▼': '$\\downarrow$',
  '·': '$\\cdot$',
  '×': '$\\times$',
  '±': '$\\pm$',
  α: '$\\alpha$',
  λ: '$\\lambda$',
  ε: '$\\varepsilon$',
  '–': '--',
  '—': '---',
  '…': '\\ldots{}',
  '“': '``',
  '”': "''",
  '’': "'",
  '\u00a0': '~',
  '\u202f': '\\,',
};
const pattern = new RegExp(
  `[${Object.keys(SPECIAL)
    .map((c) => (/[\\^\]-]/.test(c) ? `\\${c}` : c))
    .join('')}]`,
  'gu',
);

/** Text that LaTeX sets as it is. */
export function escapeLatex(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ').replace(/(^|[ (])-(?=\d)/g, '$1−');
  return oneLine.replace(pattern, (sign) => SPECIAL[sign] ?? sign);
}

/**
 * A table with the rules of booktabs; one that is long takes longtable.
 * @returns a file to be read by `\input`, which names the packages that it needs
 */
export const viewLatex = (view: ChartView, caption: Caption): string => tableLatex(tableOf(view), caption);

/** The same for a table that is no picture. */
export function tableLatex({ columns, rows }: ChartTable, { title, notes }: Caption): string {
  const line = (cells: readonly string[]) => `    ${cells.map(escapeLatex).join(' & ')} \\\\`;
  const head = line(columns);
  const body = rows.map(({ head: first, cells }) =>
    line([
      first,
      ...columns.slice(1).map((_, i) => {
        const cell = cells[i];
        return cell ? `${cell.text}${cell.range ? ` (${cell.range})` : ''}` : '';
      }),
    ]),
  );
  const caption = `\\caption{${escapeLatex([title, ...notes].map((part) => part.replace(/\.$/, '')).join('. '))}.}`;
  const shape = `{l${'r'.repeat(Math.max(0, columns.length - 1))}}`;
  if (rows.length > LONG)
    return lines(
      '% needs \\usepackage{booktabs,longtable}',
      `\\begin{longtable}${shape}`,
      `  ${caption}\\\\`,
      '    \\toprule',
      head,
      '    \\midrule',
      '  \\endhead',
      ...body,
      '    \\bottomrule',
      '\\end{longtable}',
    );
  return lines(
    '% needs \\usepackage{booktabs}',
    '\\begin{table}[htbp]',
    '  \\centering',
    `  ${caption}`,
    `  \\begin{tabular}${shape}`,
    '    \\toprule',
    head,
    '    \\midrule',
    ...body,
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
  );
}

const lines = (...all: string[]): string => `${all.join('\n')}\n`;
