/** What a chart shows, as a sheet: a line for each point, or for each cell of a heat map. */
import { unparse } from 'papaparse';
import { isGrid, type ChartView, type PlotPoint, type PlotView } from './view';

export function viewCsv(view: ChartView): string {
  if (!isGrid(view))
    return unparse(view.lines.flatMap((line) => line.points.map((p) => row(view, line.label, p))));
  const { rows, columns, value } = view.about;
  return unparse(
    view.cells.flatMap((cells, i) =>
      cells.map((cell, j) => ({
        [rows]: view.rows[i],
        [columns]: view.columns[j],
        [value]: cell.value ?? '',
        note: cell.note ?? '',
      })),
    ),
  );
}

function row({ x, y }: PlotView, line: string, point: PlotPoint): Record<string, string | number> {
  return {
    line,
    [x.title]: x.labels?.find(({ at }) => at === point.x)?.text ?? point.x,
    ...(point.xLow === undefined
      ? {}
      : { [`${x.title}, low`]: point.xLow, [`${x.title}, high`]: point.xHigh ?? '' }),
    [y.title]: point.y,
    low: point.low,
    high: point.high,
    n: point.n,
  };
}
