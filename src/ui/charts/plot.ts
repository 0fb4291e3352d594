/** A chart on a canvas, by chart.js, which is loaded when the first chart is drawn. */
import type { ChartConfiguration, ChartOptions, Point as XY } from 'chart.js';
import { cells, gridDatasets, gridOptions } from './grid';
import { plotPlugins } from './plugins';
import type { ChartTheme } from './theme';
import { isGrid, type ChartView, type GridView, type PlotView } from './view';
import { datasets, labelRoom, options, type CanvasText } from './xy';

export interface Plot {
  update(view: ChartView, theme: ChartTheme): void;
  destroy(): void;
}

/** Where the axes meet the canvas, in its CSS pixels. */
export interface PlotArea {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Scene<V extends ChartView = ChartView> {
  view: V;
  theme: ChartTheme;
}

/** Loads chart.js, with the parts that our charts use. */
export async function loadChart() {
  const chart = await import('chart.js');
  const { LineController, LineElement, PointElement, LinearScale, Decimation, Legend, Tooltip } = chart;
  chart.Chart.register(LineController, LineElement, PointElement, LinearScale, Decimation, Legend, Tooltip);
  return chart;
}

/**
 * Draws at once; `update` draws again without animation, so that a live run never stutters.
 * @param view a heat map stays one, and so do lines
 * @param onlayout told where the axes are, whenever they have moved
 * @param onpick told the value of x where the plot is clicked
 */
export async function createPlot(
  canvas: HTMLCanvasElement,
  view: ChartView,
  theme: ChartTheme,
  onlayout?: (area: PlotArea) => void,
  onpick?: (x: number) => void,
): Promise<Plot> {
  const { Chart } = await loadChart();
  let scene: Scene = { view, theme };
  const live: ChartOptions<'line'> = {
    responsive: true,
    maintainAspectRatio: false,
    ...(onpick && {
      onClick: (event, _, chart) => {
        const value = event.x === null ? undefined : chart.scales['x']?.getValueForPixel(event.x);
        if (value !== undefined) onpick(value);
      },
    }),
  };
  const measuring = canvas.getContext('2d');
  const settings = configuration(() => scene, live, measuring, canvas.clientWidth || 900);
  if (onlayout)
    settings.plugins?.push({
      id: 'layout',
      afterLayout({ chartArea: { left, right, top, bottom } }) {
        onlayout({ left, right, top, bottom });
      },
    });
  let framed = frame(settings, scene);
  const chart = new Chart(canvas, settings);
  return {
    update(nextView, nextTheme) {
      scene = { view: nextView, theme: nextTheme };
      const next = configuration(() => scene, live, chart.ctx, chart.width);
      // A run that goes on changes its points alone: lines that stay keep what chart.js knows of them.
      const lines = next.data.datasets;
      if (lines.length === chart.data.datasets.length)
        lines.forEach((line, i) => Object.assign(chart.data.datasets[i] ?? {}, line));
      else chart.data.datasets = lines;
      const nextFrame = frame(next, scene);
      if (nextFrame !== framed) chart.options = next.options ?? {};
      framed = nextFrame;
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

/** What the options of a chart are made of, as one string; functions among them read the scene anew. */
function frame(settings: ChartConfiguration<'line', XY[]>, { view, theme }: Scene): string {
  const axes = isGrid(view) ? [view.columns, view.rows, view.about] : [view.x, view.y];
  const dots = !isGrid(view) && view.lines.some((line) => line.shape === 'dots');
  return JSON.stringify([axes, dots, theme, settings.options?.layout]);
}

/**
 * All that chart.js needs to draw a view.
 * @param scene read anew at each drawing
 * @param extra options that go before ours
 * @param measuring measures the labels that need room
 * @param width of the chart, in pixels
 */
export function configuration(
  scene: () => Scene,
  extra: ChartOptions<'line'>,
  measuring: CanvasText | null,
  width: number,
): ChartConfiguration<'line', XY[]> {
  const { view, theme } = scene();
  const common = { animation: false, parsing: false, normalized: true } as const;
  if (isGrid(view)) {
    const own = scene as () => Scene<GridView>;
    const given = gridOptions(own);
    const plugins = { legend: { display: false }, ...given.plugins };
    return {
      type: 'line',
      data: { datasets: gridDatasets(view) },
      options: { ...common, ...given, ...extra, plugins },
      plugins: [cells(own)],
    };
  }
  const own = scene as () => Scene<PlotView>;
  const given = options(own, labelRoom(view, theme, measuring, width));
  const plugins = { legend: { display: false }, ...given.plugins, ...extra.plugins };
  return {
    type: 'line',
    data: { datasets: datasets(view, theme) },
    options: { ...common, ...given, ...extra, plugins },
    plugins: plotPlugins(own),
  };
}
