/**
 * A chart on its way out, as PNG or SVG: drawn anew at a size of its own, with title, legend and, under it, the
 * settings, so that it stands alone.
 */
import type { ChartData, Defaults as ChartDefaults, LegendItem } from 'chart.js';
import { configuration, loadChart } from './plot';
import { attributes, escapeXml, SvgContext } from './svgContext';
import type { ChartTheme } from './theme';
import { isGrid, type ChartView } from './view';
import type { CanvasText } from './xy';

export interface Caption {
  title: string;
  /** Lines under the picture: config, seed, device. */
  notes: string[];
}

const MARGIN = 16;
const LINE = 16;
const TOP = MARGIN + 26;
const TITLE_SIZE = 15;
const NOTE_SIZE = 11;
/** Pixels of a PNG for each of the chart's. */
const SCALE = 2;

/** Pixels of the chart itself. */
export function exportSize(view: ChartView): { width: number; height: number } {
  if (!isGrid(view)) return { width: 1000, height: 520 };
  const labels = 20 + 7 * Math.max(...view.rows.map((row) => row.length), 8);
  return {
    width: Math.max(680, labels + 96 * view.columns.length),
    height: 70 + 40 * Math.max(2, view.rows.length),
  };
}

type ChartOf = Parameters<ChartDefaults['plugins']['legend']['labels']['generateLabels']>[0];

interface Surface {
  canvas: unknown;
  ctx: CanvasText;
}

/**
 * Draws a chart once on a surface that is no part of a page.
 * @param take reads the surface, which is cleared afterwards
 */
async function draw<T>(
  { canvas, ctx }: Surface,
  view: ChartView,
  theme: ChartTheme,
  ratio: number,
  take: () => T,
): Promise<T> {
  const { Chart, BasicPlatform } = await loadChart();
  const dots = !isGrid(view) && view.lines.some((line) => line.shape === 'dots');
  const legend =
    isGrid(view) || view.lines.length < 2
      ? { display: false }
      : {
          display: true,
          position: 'bottom' as const,
          labels: {
            // Lines that are many share a name, and need it once.
            filter: ({ text, datasetIndex }: LegendItem, { datasets }: ChartData) =>
              datasets.findIndex(({ label }) => label === text) === datasetIndex,
            color: theme.ink,
            font: { family: theme.font, size: 11 },
            usePointStyle: true,
            // The second sign of a line is its dash, which chart.js leaves out beside points.
            generateLabels: (of: ChartOf) =>
              Chart.defaults.plugins.legend.labels.generateLabels(of).map((item) => ({
                ...item,
                lineDash: view.lines[item.datasetIndex ?? 0]?.dash ?? [],
              })),
            ...(dots ? { boxHeight: 7 } : { pointStyle: 'line' as const, pointStyleWidth: 26 }),
          },
        };
  const still = { responsive: false, devicePixelRatio: ratio, events: [], plugins: { legend } };
  const settings = configuration(() => ({ view, theme }), still, ctx, exportSize(view).width);
  // Without segments chart.js strokes a Path2D where the browser has it, and that can't be read back as a path.
  for (const dataset of settings.data.datasets) dataset.segment = {};
  const platform = { platform: BasicPlatform };
  const chart = new Chart(canvas as HTMLCanvasElement, { ...settings, ...platform });
  const taken = take();
  chart.destroy();
  return taken;
}

/** @throws Error where the browser gives no canvas, or cannot encode it */
export async function toPng(view: ChartView, theme: ChartTheme, caption: Caption): Promise<Blob> {
  const { width, height } = exportSize(view);
  const chart = document.createElement('canvas');
  Object.assign(chart, { width, height });
  const out = document.createElement('canvas');
  const [ctx, measuring] = [out.getContext('2d'), chart.getContext('2d')];
  if (!ctx || !measuring) throw new Error('This browser gives no canvas to draw the picture on.');
  const widthOf = measureOn(measuring);
  const notes = caption.notes.flatMap((note) =>
    wrapped(note, width, (text) => widthOf(text, noteFont(theme))),
  );
  out.width = SCALE * (width + 2 * MARGIN);
  out.height = SCALE * fullHeight(height, notes);
  ctx.scale(SCALE, SCALE);
  ctx.fillStyle = theme.surface;
  ctx.fillRect(0, 0, out.width, out.height);
  ctx.fillStyle = theme.ink;
  ctx.font = titleFont(theme);
  ctx.fillText(caption.title, MARGIN, MARGIN + TITLE_SIZE, width);
  await draw({ canvas: chart, ctx: measuring }, view, theme, SCALE, () => {
    ctx.drawImage(chart, MARGIN, TOP, width, height);
  });
  ctx.fillStyle = theme.muted;
  ctx.font = noteFont(theme);
  notes.forEach((line, i) => ctx.fillText(line, MARGIN, noteLine(height, i), width));
  return new Promise((resolve, reject) => {
    out.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('The picture could not be encoded as PNG.'));
    }, 'image/png');
  });
}

/**
 * The picture as an SVG document.
 * @param measure the width of a text in a CSS font, in pixels
 */
export async function toSvg(
  view: ChartView,
  theme: ChartTheme,
  caption: Caption,
  measure: (text: string, font: string) => number = measureOnCanvas(),
): Promise<string> {
  const { width, height } = exportSize(view);
  const ctx = new SvgContext(width, height, measure);
  const content = await draw({ canvas: ctx.canvas, ctx }, view, theme, 1, () => ctx.content);
  const notes = caption.notes.flatMap((note) =>
    wrapped(note, width, (text) => measure(text, noteFont(theme))),
  );
  const [w, h] = [width + 2 * MARGIN, fullHeight(height, notes)];
  const head = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: w,
    height: h,
    viewBox: `0 0 ${w} ${h}`,
    role: 'img',
  };
  const text = (
    line: string,
    y: number,
    fill: string,
    size: number,
    more: Parameters<typeof attributes>[0] = {},
  ) =>
    `<text${attributes({ x: MARGIN, y, fill, 'font-family': theme.font, 'font-size': size, ...more })}>${escapeXml(line)}</text>`;
  // On one line, narrower where it must be: as `fillText` has it.
  const narrow =
    measure(caption.title, titleFont(theme)) > width
      ? { textLength: width, lengthAdjust: 'spacingAndGlyphs' }
      : {};
  return [
    `<svg${attributes(head)}>`,
    `<title>${escapeXml(caption.title)}</title>`,
    `<desc>${escapeXml(caption.notes.join('\n'))}</desc>`,
    `<rect${attributes({ width: w, height: h, fill: theme.surface })}/>`,
    text(caption.title, MARGIN + TITLE_SIZE, theme.ink, TITLE_SIZE, { 'font-weight': '600', ...narrow }),
    `<g${attributes({ transform: `translate(${MARGIN} ${TOP})` })}>`,
    content,
    '</g>',
    ...notes.map((line, i) => text(line, noteLine(height, i), theme.muted, NOTE_SIZE)),
    '</svg>',
    '',
  ].join('\n');
}

const titleFont = ({ font }: ChartTheme): string => `600 ${TITLE_SIZE}px ${font}`;
const noteFont = ({ font }: ChartTheme): string => `${NOTE_SIZE}px ${font}`;

/** A note on as many lines as it takes; a word that is wider than a line has one of its own. */
function wrapped(note: string, width: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of note.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** @param notes in lines */
const fullHeight = (height: number, notes: readonly string[]): number =>
  TOP + height + LINE * notes.length + 1.5 * MARGIN;
const noteLine = (height: number, i: number): number => TOP + height + LINE * (i + 1) + MARGIN / 4;

function measureOnCanvas(): (text: string, font: string) => number {
  const ctx = document.createElement('canvas').getContext('2d');
  if (!ctx) throw new Error('This browser gives no canvas to measure text on.');
  return measureOn(ctx);
}

const measureOn =
  (ctx: CanvasRenderingContext2D) =>
  (text: string, font: string): number => {
    ctx.font = font;
    return ctx.measureText(text).width;
  };
