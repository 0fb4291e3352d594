/** What chart.js has no word for: bands of stages, interval ribbons, marks where a task was learnt, labels. */
import type { Chart, Plugin } from 'chart.js';
import { colourOf, sized, type ChartTheme } from './theme';
import { spread, type PlotView } from './view';

type LinePlugin = Plugin<'line'>;
/** What the plugins draw; read anew at each drawing. */
export type Scene = () => { view: PlotView; theme: ChartTheme };

const BAND_LABEL = 12;
/** Height of the stripe over a band; above the plot, so that no score hides behind it. */
const STRIPE = 3;
export const END_LABEL = 13;

export function plotPlugins(scene: Scene): LinePlugin[] {
  return [
    stageBands(scene),
    ribbons(scene),
    bars(scene),
    places(scene),
    learntMarks(scene),
    endLabels(scene),
  ];
}

/** A tinted band for each stage, its number and task at the top, a hairline where the next begins. */
function stageBands(scene: Scene): LinePlugin {
  return {
    id: 'stageBands',
    beforeDatasetsDraw(chart) {
      const { view, theme } = scene();
      const { ctx, area, x } = parts(chart);
      if (!x) return;
      ctx.save();
      ctx.font = `600 ${sized(theme, BAND_LABEL)}px ${theme.font}`;
      ctx.textBaseline = 'top';
      for (const band of view.bands) {
        const left = x.getPixelForValue(band.from);
        const right = x.getPixelForValue(band.to);
        const colour = colourOf(theme, band.colour);
        ctx.globalAlpha = 0.055;
        ctx.fillStyle = colour;
        ctx.fillRect(left, area.top, right - left, area.bottom - area.top);
        ctx.globalAlpha = 0.9;
        ctx.fillRect(left, area.top - STRIPE - 4, right - left, STRIPE);
        if (band.from > 0) {
          ctx.globalAlpha = 0.35;
          ctx.fillStyle = theme.muted;
          ctx.fillRect(left, area.top, 1, area.bottom - area.top);
        }
        ctx.globalAlpha = 1;
        ctx.fillStyle = theme.muted;
        const room = right - left - 12;
        if (room > 12) ctx.fillText(clipped(ctx, band.label, room), left + 6, area.top + 7);
      }
      ctx.restore();
    },
  };
}

/** The 95 % interval of each line, low to high. */
function ribbons(scene: Scene): LinePlugin {
  return {
    id: 'ribbons',
    beforeDatasetsDraw(chart) {
      const { view, theme } = scene();
      const { ctx, area, x, y } = parts(chart);
      if (!x || !y) return;
      ctx.save();
      ctx.beginPath();
      ctx.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
      ctx.clip();
      ctx.globalAlpha = 0.13;
      for (const line of view.lines) {
        if (line.shape === 'dots' || line.points.length < 2) continue;
        if (line.points.every((p) => p.low === p.high)) continue;
        ctx.fillStyle = colourOf(theme, line.colour);
        ctx.beginPath();
        for (const p of line.points) ctx.lineTo(x.getPixelForValue(p.x), y.getPixelForValue(p.high));
        for (const p of [...line.points].reverse())
          ctx.lineTo(x.getPixelForValue(p.x), y.getPixelForValue(p.low));
        ctx.closePath();
        ctx.fill();
      }
      ctx.restore();
    },
  };
}

/** The 95 % intervals of dots, up and across. */
function bars(scene: Scene): LinePlugin {
  return {
    id: 'bars',
    beforeDatasetsDraw(chart) {
      const { view, theme } = scene();
      const { ctx, x, y } = parts(chart);
      if (!x || !y) return;
      ctx.save();
      ctx.globalAlpha = 0.55;
      ctx.lineWidth = 1.5;
      for (const line of view.lines) {
        if (line.shape !== 'dots') continue;
        ctx.strokeStyle = colourOf(theme, line.colour);
        ctx.beginPath();
        for (const p of line.points) {
          const [left, middle] = [x.getPixelForValue(p.x), y.getPixelForValue(p.y)];
          ctx.moveTo(left, y.getPixelForValue(p.low));
          ctx.lineTo(left, y.getPixelForValue(p.high));
          ctx.moveTo(x.getPixelForValue(p.xLow ?? p.x), middle);
          ctx.lineTo(x.getPixelForValue(p.xHigh ?? p.x), middle);
        }
        ctx.stroke();
      }
      ctx.restore();
    },
  };
}

/** A small triangle on the axis for each place that can be gone back to, and a line up from the chosen one. */
function places(scene: Scene): LinePlugin {
  return {
    id: 'places',
    beforeDatasetsDraw(chart) {
      const { view, theme } = scene();
      const { ctx, area, x } = parts(chart);
      if (!x || !view.marks) return;
      ctx.save();
      ctx.fillStyle = theme.ink;
      ctx.strokeStyle = theme.ink;
      ctx.setLineDash([3, 3]);
      for (const { x: at, chosen } of view.marks) {
        const middle = x.getPixelForValue(at);
        ctx.globalAlpha = chosen ? 0.9 : 0.45;
        ctx.beginPath();
        ctx.moveTo(middle, area.bottom - 7);
        ctx.lineTo(middle - 5, area.bottom);
        ctx.lineTo(middle + 5, area.bottom);
        ctx.fill();
        if (!chosen) continue;
        ctx.globalAlpha = 0.5;
        ctx.beginPath();
        ctx.moveTo(middle, area.top);
        ctx.lineTo(middle, area.bottom - 7);
        ctx.stroke();
      }
      ctx.restore();
    },
  };
}

/** A ringed dot where the task's own stage ended: the height from which forgetting is counted. */
function learntMarks(scene: Scene): LinePlugin {
  return {
    id: 'learntMarks',
    afterDatasetsDraw(chart) {
      const { view, theme } = scene();
      const { ctx, x, y } = parts(chart);
      if (!x || !y) return;
      ctx.save();
      for (const line of view.lines) {
        if (!line.learnt) continue;
        ctx.beginPath();
        ctx.arc(x.getPixelForValue(line.learnt.x), y.getPixelForValue(line.learnt.y), 5, 0, 2 * Math.PI);
        ctx.fillStyle = theme.surface;
        ctx.fill();
        ctx.lineWidth = 2.5;
        ctx.strokeStyle = colourOf(theme, line.colour);
        ctx.stroke();
      }
      ctx.restore();
    },
  };
}

/** Each line's name and last value at its end, pushed apart where lines meet. */
function endLabels(scene: Scene): LinePlugin {
  return {
    id: 'endLabels',
    afterDatasetsDraw(chart) {
      const { view, theme } = scene();
      const { ctx, area, x, y } = parts(chart);
      if (!x || !y) return;
      const labelled = view.lines.flatMap((line) => {
        const last = line.points.at(-1);
        return last && line.end
          ? [{ line, left: x.getPixelForValue(last.x), y: y.getPixelForValue(last.y) }]
          : [];
      });
      const heights = spread(
        labelled.map((l) => l.y),
        sized(theme, END_LABEL) + 3,
        area.top + 24,
        area.bottom - 8,
      );
      ctx.save();
      ctx.font = `600 ${sized(theme, END_LABEL)}px ${theme.font}`;
      ctx.textBaseline = 'middle';
      ctx.lineJoin = 'round';
      labelled.forEach(({ line, left }, i) => {
        const height = heights[i] ?? 0;
        const text = clipped(ctx, line.end, Math.max(40, chart.width - left - 14));
        ctx.strokeStyle = theme.surface;
        ctx.lineWidth = 4;
        ctx.strokeText(text, left + 10, height);
        ctx.fillStyle = colourOf(theme, line.colour);
        ctx.fillText(text, left + 10, height);
      });
      ctx.restore();
    },
  };
}

/** Cut with an ellipsis to the room there is. */
export function clipped(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (ctx.measureText(text).width <= room) return text;
  let end = text.length;
  while (end > 1 && ctx.measureText(`${text.slice(0, end)}…`).width > room) end--;
  return `${text.slice(0, end)}…`;
}

function parts(chart: Chart<'line'>) {
  const { ctx, chartArea: area, scales } = chart;
  return { ctx, area, x: scales['x'], y: scales['y'] };
}
