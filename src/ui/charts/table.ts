/** A chart as a table: for screen readers, and for whoever wants the figures. */
import { fixed } from '../format';
import { pointsByStep } from '../run/series';
import { isGrid, type Axis, type ChartView, type PlotPoint, type PlotView } from './view';

export interface TableCell {
  text: string;
  /** The 95 % interval, in words. */
  range?: string;
}

export interface ChartTable {
  /** The first is that of the heads of the rows. */
  columns: string[];
  rows: { head: string; cells: (TableCell | null)[] }[];
}

export function tableOf(view: ChartView): ChartTable {
  if (isGrid(view))
    return {
      columns: [view.about.rows, ...view.columns],
      rows: view.rows.map((head, i) => ({
        head,
        cells: (view.cells[i] ?? []).map(({ text, note }) => ({ text, ...(note ? { range: note } : {}) })),
      })),
    };
  if (view.lines.some((line) => line.shape === 'dots')) return dotsTable(view);
  return {
    columns: [view.x.short ?? view.x.title, ...view.lines.map((line) => line.label)],
    rows: pointsByStep(view.lines).map(({ step, values }) => ({
      head: named(step, view.x),
      cells: values.map((point) => point && cell(point, view.y)),
    })),
  };
}

/** One row a dot. */
function dotsTable({ lines, x, y }: PlotView): ChartTable {
  return {
    columns: ['', x.title, y.title],
    rows: lines
      .filter((line) => line.shape === 'dots')
      .flatMap((line) =>
        line.points.map((point) => ({
          head: line.label,
          cells: [cell(across(point), x), cell(point, y)],
        })),
      ),
  };
}

const across = (p: PlotPoint) => ({ y: p.x, low: p.xLow ?? p.x, high: p.xHigh ?? p.x });

function named(at: number, axis: Axis): string {
  return axis.labels?.find((label) => label.at === at)?.text ?? String(Number(at.toFixed(3)));
}

function cell({ y, low, high }: { y: number; low: number; high: number }, axis: Axis): TableCell {
  const digits = axis.digits === 0 ? 1 : 3;
  return {
    text: fixed(y, digits),
    ...(low === high ? {} : { range: `${fixed(low, digits)} to ${fixed(high, digits)}` }),
  };
}
