/** Lines and dots over two axes, in the words of chart.js. */
import type { ChartDataset, ChartOptions, Point as XY, TooltipItem } from 'chart.js';
import { fixed } from '../format';
import { END_LABEL } from './plugins';
import { colourOf, faded, sized, type ChartTheme } from './theme';
import type { Axis, PlotPoint, PlotView } from './view';

/** The second sign of dots, beside their colour. */
const MARKS = ['circle', 'rect', 'triangle', 'rectRot'] as const;

export function datasets(view: PlotView, theme: ChartTheme): ChartDataset<'line', XY[]>[] {
  return view.lines.map((line, i) => {
    const colour = colourOf(theme, line.colour);
    const sparse = line.points.length <= 60;
    const dots = line.shape === 'dots';
    return {
      label: line.label,
      data: line.points,
      borderColor: line.faint ? faded(colour) : colour,
      backgroundColor: colour,
      showLine: !dots,
      borderWidth: line.end && !line.thin ? (theme.line ?? 2) : 1.25,
      borderDash: line.dash,
      // Scores of 0 and 100 lie on the edge; their lines and dots are drawn whole.
      clip: 6,
      pointStyle: dots ? MARKS[Math.floor(i / theme.tasks.length + i) % MARKS.length] : 'circle',
      pointRadius: dots ? 5 : sparse && line.end && !line.thin ? 2 : 0,
      pointHoverRadius: dots ? 6 : 4,
      pointHitRadius: 8,
    };
  });
}

/** @param right room for the labels at the ends of lines */
export function options(
  scene: () => { view: PlotView; theme: ChartTheme },
  right: number,
): ChartOptions<'line'> {
  const { view, theme } = scene();
  const font = { family: theme.font, size: sized(theme, 12) };
  const dots = view.lines.some((line) => line.shape === 'dots');
  return {
    layout: { padding: { top: 10, right } },
    interaction: dots ? { mode: 'nearest', intersect: true } : { mode: 'index', intersect: false },
    scales: {
      x: { ...axis(view.x, theme), border: { color: theme.muted } },
      y: { ...axis(view.y, theme), border: { display: false } },
    },
    plugins: {
      decimation: { enabled: true, algorithm: 'lttb', samples: 400 },
      tooltip: {
        ...tooltip(theme, font),
        callbacks: {
          title: (items) => (dots ? '' : place(scene().view.x, items[0])),
          label: (item) => tip(scene().view, item.datasetIndex, item.dataIndex, dots),
        },
      },
    },
  };
}

export function tooltip(theme: ChartTheme, font: { family: string; size: number }) {
  return {
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
  };
}

function axis({ title, min, max, labels, digits }: Axis, theme: ChartTheme) {
  const font = { family: theme.font, size: sized(theme, 12) };
  return {
    type: 'linear' as const,
    min,
    ...(max === null ? { grace: '5%' } : { max }),
    ticks: {
      color: theme.muted,
      font,
      maxRotation: 0,
      autoSkipPadding: 18,
      ...(digits === 0 && !labels ? { precision: 0 } : {}),
      ...(labels
        ? { callback: (value: string | number) => labels.find(({ at }) => at === Number(value))?.text ?? '' }
        : {}),
    },
    ...(labels
      ? {
          afterBuildTicks: (scale: { ticks: { value: number }[] }) =>
            (scale.ticks = labels.map(({ at }) => ({ value: at }))),
        }
      : {}),
    grid: { color: theme.grid, drawTicks: false },
    title: { display: true, text: title, color: theme.muted, font },
  };
}

function place(x: Axis, item: TooltipItem<'line'> | undefined): string {
  const value = item?.parsed.x ?? null;
  if (value === null) return '';
  return `${x.title} ${x.labels?.find(({ at }) => at === value)?.text ?? Number(value.toFixed(3))}`;
}

function tip(view: PlotView, line: number, index: number, dots: boolean): string {
  const label = view.lines[line]?.label ?? '';
  const point = view.lines[line]?.points[index];
  if (!point) return label;
  if (!dots) return ` ${label} ${withRange(point, view.y)}`;
  const across = { ...point, y: point.x, low: point.xLow ?? point.x, high: point.xHigh ?? point.x };
  return ` ${label}: ${view.x.title} ${withRange(across, view.x)}, ${view.y.title} ${withRange(point, view.y)}`;
}

/** The value of a point with its interval, where it has one. */
export function withRange({ y, low, high }: Pick<PlotPoint, 'y' | 'low' | 'high'>, axis: Axis): string {
  const digits = axis.digits === 0 ? 1 : axis.digits;
  const range = low === high ? '' : ` (${fixed(low, digits)} to ${fixed(high, digits)})`;
  return `${fixed(y, digits)}${range}`;
}

/** Room at the right for the longest end label, at most a third of the chart. */
export function labelRoom(view: PlotView, theme: ChartTheme, ctx: CanvasText | null, width: number): number {
  if (!ctx || view.lines.every((line) => line.end === '')) return 8;
  ctx.save();
  ctx.font = `600 ${sized(theme, END_LABEL)}px ${theme.font}`;
  const widest = Math.max(...view.lines.map((line) => ctx.measureText(line.end).width));
  ctx.restore();
  return Math.min(widest + 18, Math.max(116, width / 3));
}

/** What measures text. */
export type CanvasText = Pick<CanvasRenderingContext2D, 'save' | 'restore' | 'font'> & {
  measureText(text: string): { width: number };
};
