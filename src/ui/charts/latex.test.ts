import { expect, test } from 'vitest';
import { matrixGrid, matrixView } from '../run/matrix';
import { captionNotes } from '../run/exports';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { escapeLatex, viewLatex } from './latex';
import { lossView, runView } from './view';
import { viewCsv } from './viewCsv';

test('nothing that is written is taken for a command', () => {
  expect(escapeLatex('50 % of $x_1 & {y}\\cmd #3 ~ ^')).toBe(
    '50 \\% of \\$x\\_1 \\& \\{y\\}\\textbackslash{}cmd \\#3 \\textasciitilde{} \\textasciicircum{}',
  );
  expect(escapeLatex('-3.5 (-4 to 0), x-2')).toBe('$-$3.5 ($-$4 to 0), x-2');
  expect(escapeLatex('92 → 41 (−51)\nnext')).toBe('92 $\\to$ 41 ($-$51) next');
});

test('the matrix as a table that stands alone: scores, intervals, config and seed', () => {
  const config = fixtureConfig({ name: 'A & B', seed: 7 });
  const run = { ...fixtureRun({ config }), name: 'A & B' };
  const table = viewLatex(matrixGrid(matrixView(run)), { title: run.name, notes: captionNotes(run) });
  expect(table).toContain('\\begin{tabular}{lrrr}');
  expect(table).toContain('    stage & Reviews & Tickets & Dialogue, watched \\\\');
  expect(table).toContain('    2 $\\cdot$ after Tickets & 41.0 (35--47) & ');
  expect(table).toMatch(/\\caption\{A \\& B\. Model pocket;.*Sequential.*seed 7.*Made with Lethe\.\}/);
  // Every line of the table has as many cells.
  const rows = table.split('\n').filter((line) => line.endsWith('\\\\'));
  expect(rows.map((line) => line.match(/ & /g)?.length)).toEqual([3, 3, 3, 3]);
});

test('a long curve runs over pages', () => {
  const run = fixtureRun();
  const long = viewLatex(lossView(run), { title: 'Loss', notes: [] });
  expect(long).toContain('\\begin{longtable}{lr}');
  expect(viewLatex(runView(run, 'score'), { title: 'Score', notes: [] })).toContain('{table}');
  expect(long.endsWith('\\end{longtable}\n')).toBe(true);
});

test('a sheet says on every line what it takes to repeat it', () => {
  const [head, ...lines] = viewCsv(matrixGrid(matrixView(fixtureRun())), ['Sequential', 'seed 7']).split(
    '\r\n',
  );
  expect(head).toBe('stage,task,score,note,settings');
  for (const line of lines) expect(line).toMatch(/,Sequential; seed 7$/);
});
