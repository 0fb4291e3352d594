/** chart.js draws in Node onto our context, so what leaves the page is looked at here. */
import { describe, expect, it, vi } from 'vitest';
import { matrixGrid, matrixView } from '../run/matrix';
import { fixtureRun } from '../testing/fixture';
import { toSvg } from './export';
import { tableOf } from './table';
import type { ChartTheme } from './theme';
import { runView, type PlotView } from './view';
import { viewCsv } from './viewCsv';

// As in a browser, where chart.js strokes lines as one of these unless it is kept from it.
vi.hoisted(() =>
  vi.stubGlobal(
    'Path2D',
    class {
      moveTo() {}
      lineTo() {}
      bezierCurveTo() {}
      closePath() {}
    },
  ),
);

const theme: ChartTheme = {
  ink: 'rgb(1, 1, 1)',
  muted: 'rgb(2, 2, 2)',
  grid: 'rgb(3, 3, 3)',
  surface: 'rgb(4, 4, 4)',
  raised: 'rgb(5, 5, 5)',
  heat: 'rgb(6, 6, 6)',
  tasks: Array.from({ length: 8 }, (_, i) => `rgb(${100 + i}, 0, 0)`),
  font: '"A Font", sans-serif',
};
const measure = (text: string): number => 6 * text.length;
const svg = (view: Parameters<typeof toSvg>[0], title = 'A title', notes = ['a < b & "c"']) =>
  toSvg(view, theme, { title, notes }, measure);
const texts = (document: string) =>
  [...document.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((found) => found[1]);
/** The points of the path that is stroked in a colour and has the most of them. */
const longest = (document: string, colour: string) =>
  [...document.matchAll(/<path d="([^"]*)"([^>]*)\/>/g)]
    .filter(([, , look]) => look!.includes(`stroke="${colour}"`))
    .map(([, d]) => [...d!.matchAll(/([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const))
    // A path moves to its first point and then draws to it.
    .map((points) => points.filter(([x], i) => i === 0 || x !== points[i - 1]![0]))
    .sort((a, b) => b.length - a.length)[0]!;

const dots: PlotView = {
  lines: ['sequential', 'replay'].map((label, i) => ({
    label,
    colour: i,
    dash: [],
    learnt: null,
    end: label,
    shape: 'dots',
    points: [{ x: 80 + i, xLow: 70, xHigh: 90, y: 40 + 20 * i, low: 30, high: 60, n: 3 }],
  })),
  bands: [],
  x: { title: 'new task', min: 0, max: 100, digits: 1 },
  y: { title: 'retention', min: 0, max: 100, digits: 1 },
};

describe('toSvg', () => {
  it('keeps title and notes within the picture, however long they are', async () => {
    const note = 'what the signs stand for, and more of it '.repeat(10).trim();
    const title = 'a long title '.repeat(20).trim();
    const [long, short] = [
      await svg(dots, title, [note, 'Seed 1.']),
      await svg(dots, 'A title', ['Seed 1.']),
    ];
    const lines = texts(long);
    const from = lines.findIndex((line) => line!.startsWith('what the signs'));
    const notes = lines.slice(from);
    expect(notes.slice(0, -1).join(' ')).toBe(note);
    expect(notes.at(-1)).toBe('Seed 1.');
    for (const line of notes) expect(measure(line!)).toBeLessThanOrEqual(1000);
    expect(long).toMatch(new RegExp(`textLength="1000"[^>]*>${title}<`));
    expect(short).not.toContain('textLength');
    const heightOf = (document: string) => Number(/ height="([\d.]+)"/.exec(document)![1]);
    expect(heightOf(long) - heightOf(short)).toBe(16 * (notes.length - 1));
  });

  it('has the curve of every task with its scores, name, legend and the caption', async () => {
    const run = fixtureRun();
    const document = await svg(runView(run, 'score'));
    const said = texts(document);
    for (const text of [
      'A title',
      'a &lt; b &amp; &quot;c&quot;',
      'training step',
      'score from 0 to 100',
      '1 · Reviews',
    ])
      expect(said).toContain(text);
    // At the line's end and, beside it, in the legend.
    for (const text of ['Reviews 41', 'Reviews', 'Dialogue 14', 'Dialogue']) expect(said).toContain(text);
    expect(document).toMatch(/^<svg [^>]*width="1032"/);
    expect(document).not.toMatch(/NaN|undefined/);

    // A score's height is in proportion, from 0 at the bottom to 100 at the top.
    const scores = run.evaluations.filter((e) => e.task === 'reviews').map((e) => e.score.value);
    const points = longest(document, theme.tasks[0]!);
    expect(points).toHaveLength(scores.length);
    const a = scores.indexOf(Math.max(...scores));
    const b = scores.indexOf(Math.min(...scores));
    const scale = (points[b]![1] - points[a]![1]) / (scores[a]! - scores[b]!);
    points.forEach(([, y], i) => expect(y).toBeCloseTo(points[a]![1] + scale * (scores[a]! - scores[i]!), 0));
    expect(points.every(([x], i) => i === 0 || x > points[i - 1]![0])).toBe(true);
  });

  it('is well-formed: what is opened is closed', async () => {
    const document = await svg(runView(fixtureRun(), 'loss'));
    const open: string[] = [];
    for (const [, close, name, alone] of document.matchAll(/<(\/?)([a-zA-Z]+)(?:\s[^>]*?)?(\/?)>/g)) {
      if (close) expect(open.pop()).toBe(name);
      else if (!alone) open.push(name!);
    }
    expect(open).toEqual([]);
    expect(
      [...document.matchAll(/url\(#([^)]*)\)/g)].every(([, id]) => document.includes(`id="${id!}"`)),
    ).toBe(true);
  });

  it('can be opened whatever its texts are', async () => {
    const document = await svg(dots, 'a\u0000b\u001B[31m \uFFFF \uD800 \u202Egnp', ['\u0007']);
    // The characters of XML 1.0.
    expect(document).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
    expect(document).toContain('a⟨U+0000⟩b⟨U+001B⟩[31m');
  });

  it('has the cells of a heat map, deeper where more, and the diagonal outlined', async () => {
    const document = await svg(matrixGrid(matrixView(fixtureRun())));
    for (const text of ['92.0', '41.0', '0 · before training', 'Dialogue, watched', '35–47'])
      expect(texts(document)).toContain(text);
    const depths = [...document.matchAll(/fill="rgb\(6, 6, 6\)" fill-opacity="([\d.]+)"/g)].map(([, o]) =>
      Number(o),
    );
    expect(depths).toHaveLength(9);
    expect(depths[3]).toBeCloseTo(0.62 * 0.92, 3);
    expect([...document.matchAll(/stroke="rgb\(1, 1, 1\)" stroke-width="1.5"/g)]).toHaveLength(2);
  });

  it('draws dots with their intervals, each with its name', async () => {
    const document = await svg(dots);
    expect(texts(document).filter((text) => text === 'replay').length).toBeGreaterThanOrEqual(2);
    const bars = [...document.matchAll(/stroke="rgb\(101, 0, 0\)" stroke-opacity="0.55"/g)];
    expect(bars).toHaveLength(1);
  });
});

describe('the same as a table and a sheet', () => {
  it('has a row a step for lines, a row a dot for dots, and the cells of a heat map', () => {
    const lines = tableOf(runView(fixtureRun(), 'score'));
    expect(lines.columns).toEqual(['step', 'Reviews', 'Tickets', 'Dialogue']);
    expect(lines.rows).toHaveLength(21);
    expect(lines.rows[0]!.cells[0]).toEqual({ text: '55.0', range: '45.2 to 64.8' });
    expect(tableOf(dots)).toEqual({
      columns: ['', 'new task', 'retention'],
      rows: [
        {
          head: 'sequential',
          cells: [
            { text: '80.000', range: '70.000 to 90.000' },
            { text: '40.000', range: '30.000 to 60.000' },
          ],
        },
        {
          head: 'replay',
          cells: [
            { text: '81.000', range: '70.000 to 90.000' },
            { text: '60.000', range: '30.000 to 60.000' },
          ],
        },
      ],
    });
    const grid = tableOf(matrixGrid(matrixView(fixtureRun({ step: 0 }))));
    expect(grid.rows.map(({ head, cells }) => [head, cells[0]!.text])).toEqual([
      ['0 · before training', '55.0'],
      ['1 · after Reviews', '·'],
      ['2 · after Tickets', '·'],
    ]);
  });

  it('writes every point and every cell', () => {
    const sheet = viewCsv(dots).split('\r\n');
    expect(sheet[0]).toBe('line,new task,"new task, low","new task, high",retention,low,high,n');
    expect(sheet[2]).toBe('replay,81,70,90,60,30,60,3');
    expect(viewCsv(matrixGrid(matrixView(fixtureRun()))).split('\r\n')[4]).toBe(
      '1 · after Reviews,Reviews,92,86–98',
    );
  });
});
