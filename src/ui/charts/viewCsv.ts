/** What a chart shows, as a sheet: a line for each point, or for each cell of a heat map. */
import { sheetOf } from '../../security/sheet';
import type { ChartTable } from './table';
import { isGrid, type ChartView, type PlotPoint, type PlotView } from './view';

/** @param notes what it takes to repeat it; stands on every line, so that lines can be sorted and cut */
export function viewCsv(view: ChartView, notes: readonly string[] = []): string {
  const settings = notes.length === 0 ? {} : { settings: notes.join('; ') };
  if (!isGrid(view))
    return sheetOf(
      view.lines.flatMap((line) => line.points.map((p) => ({ ...row(view, line.label, p), ...settings }))),
    );
  const { rows, columns, value } = view.about;
  return sheetOf(
    view.cells.flatMap((cells, i) =>
      cells.map((cell, j) => ({
        [rows]: view.rows[i],
        [columns]: view.columns[j],
        [value]: cell.value ?? (cell.text === '·' || cell.text === '–' ? '' : cell.text),
        note: cell.note ?? '',
        ...settings,
      })),
    ),
  );
}

/** A table that is no picture, as it stands. */
export function tableCsv({ columns, rows }: ChartTable, notes: readonly string[] = []): string {
  const settings = notes.length === 0 ? [] : [notes.join('; ')];
  return sheetOf([
    [...columns, ...settings.map(() => 'settings')],
    ...rows.map(({ head, cells }) => [head, ...cells.map((cell) => cell?.text ?? ''), ...settings]),
  ]);
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
