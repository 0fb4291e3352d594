/** A heat map in the words of chart.js: an axis of columns, an axis of rows, and a plugin that draws the cells. */
import type { Chart, ChartDataset, ChartOptions, Plugin, Point as XY } from 'chart.js';
import { clipped } from './plugins';
import { sized, type ChartTheme } from './theme';
import type { GridCell, GridView } from './view';
import { tooltip } from './xy';

/** Share of the deepest colour in the mix; more would swallow the figures. */
const DEEPEST = 0.62;
const GAP = 2;

/** Points for a pointer to find; what is seen is drawn by `cells`. */
export function gridDatasets(view: GridView): ChartDataset<'line', XY[]>[] {
  const data = view.rows.flatMap((_, y) => view.columns.map((__, x) => ({ x, y })));
  return [{ data, showLine: false, pointRadius: 0, pointHoverRadius: 0, pointHitRadius: 1 }];
}

export function gridOptions(scene: () => { view: GridView; theme: ChartTheme }): ChartOptions<'line'> {
  const { view, theme } = scene();
  const font = { family: theme.font, size: sized(theme, 12) };
  const axis = (names: readonly string[], title: string) => ({
    type: 'linear' as const,
    ...reach(names.length),
    ticks: { color: theme.ink, font, autoSkip: false, maxRotation: 90, callback: nameAt(names) },
    afterBuildTicks: (scale: { ticks: { value: number }[] }) =>
      (scale.ticks = names.map((_, value) => ({ value }))),
    grid: { display: false },
    border: { display: false },
    title: { display: true, text: title, color: theme.muted, font },
  });
  return {
    layout: { padding: 4 },
    interaction: { mode: 'nearest', intersect: false },
    scales: {
      x: { ...axis(view.columns, view.about.columns), position: 'top' },
      y: { ...axis(view.rows, view.about.rows), reverse: true },
    },
    plugins: {
      decimation: { enabled: false },
      tooltip: {
        ...tooltip(theme, font),
        displayColors: false,
        callbacks: {
          title: () => '',
          label: (item) => cellOf(scene().view, item.dataIndex)?.title ?? '',
        },
      },
    },
  };
}

/**
 * An axis from half a cell before the first name to half a cell after the last. With `offset` chart.js knows how wide
 * a cell is, and turns names that are wider; of a single name it would make two cells.
 */
const reach = (n: number) =>
  n > 1 ? { offset: true, min: 0, max: n - 1 } : { offset: false, min: -0.5, max: 0.5 };

const nameAt =
  (names: readonly string[]) =>
  (value: string | number): string =>
    names[Number(value)] ?? '';

function cellOf(view: GridView, index: number): GridCell | undefined {
  return view.cells[Math.floor(index / view.columns.length)]?.[index % view.columns.length];
}

export function cells(scene: () => { view: GridView; theme: ChartTheme }): Plugin<'line'> {
  return {
    id: 'cells',
    beforeDatasetsDraw(chart) {
      const { view, theme } = scene();
      view.cells.forEach((row, y) => {
        row.forEach((cell, x) => drawCell(chart, theme, cell, { x, y }));
      });
    },
  };
}

function drawCell(
  chart: Chart<'line'>,
  theme: ChartTheme,
  cell: GridCell,
  at: { x: number; y: number },
): void {
  const { ctx, scales } = chart;
  const [across, down] = [scales['x'], scales['y']];
  if (!across || !down) return;
  const left = across.getPixelForValue(at.x - 0.5) + GAP / 2;
  const top = down.getPixelForValue(at.y - 0.5) + GAP / 2;
  const width = across.getPixelForValue(at.x + 0.5) - left - GAP / 2;
  const height = down.getPixelForValue(at.y + 0.5) - top - GAP / 2;
  ctx.save();
  ctx.fillStyle = theme.raised;
  ctx.fillRect(left, top, width, height);
  ctx.globalAlpha = DEEPEST * Math.min(1, Math.max(0, cell.strength));
  ctx.fillStyle = theme.heat;
  if (ctx.globalAlpha > 0) ctx.fillRect(left, top, width, height);
  ctx.globalAlpha = 1;
  if (cell.outlined) {
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(left + 0.75, top + 0.75, width - 1.5, height - 1.5);
  }
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const middle = left + width / 2;
  // A note that is cut off says something else: it is written whole or not at all.
  const noteFont = `${sized(theme, 11)}px ${theme.font}`;
  ctx.font = noteFont;
  const note = height > 32 && ctx.measureText(cell.note ?? '').width <= width ? (cell.note ?? '') : '';
  ctx.fillStyle = cell.value === null ? theme.muted : theme.ink;
  ctx.font = `${cell.value === null ? '' : '600 '}${sized(theme, 13)}px ${theme.font}`;
  ctx.fillText(
    clipped(ctx, cell.text, width - 4),
    middle,
    top + height / 2 - (note === '' ? 0 : sized(theme, 7)),
  );
  if (note !== '') {
    ctx.font = noteFont;
    ctx.fillText(note, middle, top + height / 2 + sized(theme, 8));
  }
  ctx.restore();
}
