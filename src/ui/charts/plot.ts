/** A plot on a canvas, by chart.js, which is loaded when the first plot is drawn. */
import type { Chart, ChartConfiguration, ChartDataset, ChartOptions, Point as XY } from 'chart.js';
import { fixed } from '../format';
import { END_LABEL, plotPlugins } from './plugins';
import { colourOf, type ChartTheme } from './theme';
import type { PlotView } from './view';

export interface Plot {
  update(view: PlotView, theme: ChartTheme): void;
  /** The picture as it stands, on the surface colour. */
  canvas: HTMLCanvasElement;
  destroy(): void;
}

/** Draws at once; `update` draws again without animation, so that a live run never stutters. */
export async function createPlot(
  canvas: HTMLCanvasElement,
  view: PlotView,
  theme: ChartTheme,
): Promise<Plot> {
  const { Chart, LineController, LineElement, PointElement, LinearScale, Decimation, Tooltip } =
    await import('chart.js');
  Chart.register(LineController, LineElement, PointElement, LinearScale, Decimation, Tooltip);
  let scene = { view, theme };
  const chart = new Chart(
    canvas,
    configuration(() => scene),
  );
  return {
    canvas,
    update(nextView, nextTheme) {
      scene = { view: nextView, theme: nextTheme };
      chart.data.datasets = datasets(nextView, nextTheme);
      chart.options = options(() => scene, chart);
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

function configuration(scene: () => { view: PlotView; theme: ChartTheme }): ChartConfiguration<'line', XY[]> {
  const { view, theme } = scene();
  return {
    type: 'line',
    data: { datasets: datasets(view, theme) },
    options: options(scene, null),
    plugins: plotPlugins(scene),
  };
}

function datasets(view: PlotView, theme: ChartTheme): ChartDataset<'line', XY[]>[] {
  return view.lines.map((line) => {
    const colour = colourOf(theme, line.colour);
    const sparse = line.points.length <= 60;
    return {
      label: line.label,
      data: line.points,
      borderColor: colour,
      backgroundColor: colour,
      borderWidth: line.end ? 2 : 1.25,
      borderDash: line.dash,
      // Scores of 0 and 100 lie on the edge; their lines and dots are drawn whole.
      clip: 6,
      pointRadius: sparse && line.end ? 2 : 0,
      pointHoverRadius: 4,
      pointHitRadius: 8,
    };
  });
}

function options(
  scene: () => { view: PlotView; theme: ChartTheme },
  chart: Chart<'line'> | null,
): ChartOptions<'line'> {
  const { view, theme } = scene();
  const font = { family: theme.font, size: 11 };
  const ticks = { color: theme.muted, font, maxRotation: 0, autoSkipPadding: 18 };
  return {
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    layout: { padding: { top: 10, right: labelRoom(view, theme, chart) } },
    interaction: { mode: 'index', intersect: false },
    scales: {
      x: {
        type: 'linear',
        min: 0,
        max: view.xMax,
        ticks: { ...ticks, precision: 0 },
        grid: { color: theme.grid, drawTicks: false },
        border: { color: theme.muted },
        title: { display: true, text: 'training step', color: theme.muted, font },
      },
      y: {
        type: 'linear',
        min: view.y.min,
        ...(view.y.max === null ? { grace: '5%' } : { max: view.y.max }),
        ticks: { ...ticks, maxTicksLimit: 6 },
        grid: { color: theme.grid, drawTicks: false },
        border: { display: false },
        title: { display: true, text: view.y.title, color: theme.muted, font },
      },
    },
    plugins: {
      decimation: { enabled: true, algorithm: 'lttb', samples: 400 },
      tooltip: {
        backgroundColor: theme.ink,
        titleColor: theme.surface,
        bodyColor: theme.surface,
        titleFont: font,
        bodyFont: font,
        padding: 8,
        cornerRadius: 4,
        boxWidth: 8,
        boxHeight: 8,
        boxPadding: 4,
        callbacks: {
          title: (items) => `step ${items[0]?.parsed.x ?? ''}`,
          label: (item) => tip(scene().view, item.datasetIndex, item.dataIndex),
        },
      },
    },
  };
}

function tip(view: PlotView, line: number, index: number): string {
  const label = view.lines[line]?.label ?? '';
  const point = view.lines[line]?.points[index];
  if (!point) return label;
  const digits = view.y.digits === 0 ? 1 : view.y.digits;
  const range =
    point.low === point.high ? '' : ` (${fixed(point.low, digits)} to ${fixed(point.high, digits)})`;
  return ` ${label} ${fixed(point.y, digits)}${range}`;
}

/** Room at the right for the longest end label, at most a quarter of the chart. */
function labelRoom(view: PlotView, theme: ChartTheme, chart: Chart<'line'> | null): number {
  const ctx = chart?.ctx ?? document.createElement('canvas').getContext('2d');
  if (!ctx || view.lines.every((line) => line.end === '')) return 8;
  ctx.save();
  ctx.font = `600 ${END_LABEL}px ${theme.font}`;
  const widest = Math.max(...view.lines.map((line) => ctx.measureText(line.end).width));
  ctx.restore();
  return Math.min(widest + 18, Math.max(116, (chart?.width ?? 900) / 4));
}
