import { describe, expect, test } from 'vitest';
import { packBits, packCodes } from '../../run/outcomes';
import type { RunResult } from '../../run/result';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { tableLatex } from '../charts/latex';
import { tableCsv } from '../charts/viewCsv';
import { pictured } from '../testing/pictured';
import { baselineColumns, baselineView, sameRows } from './baseline';
import { annotationOf, found, sorted, tagsOf } from './filter';
import { swapped } from './swapped';
import { differencesTable, runsTable, swappedTable } from './tables';

/** The pictured run, with other answers to Reviews after the last stage. */
function answering(id: string, codes: number[]): RunResult {
  const run = pictured();
  const references = [3, 4, 3, 4, 3, 4, 3, 4];
  const right = codes.map((code, i) => code === references[i]);
  const value = (100 * right.filter(Boolean).length) / 8;
  const matrix = run.matrix.map((row) => ({
    ...row,
    scores: row.scores.map((score) =>
      score.task === 'reviews' && row.stage === 2
        ? {
            ...score,
            score: { ...score.score, value, n: 8 },
            outcomes: { right: packBits(right), answers: packCodes(codes) },
          }
        : score.task === 'dialogue'
          ? score
          : { ...score, score: { ...score.score, n: score.task === 'reviews' ? 8 : 4 } },
    ),
  }));
  return { ...run, id, matrix };
}
const lost = answering('lost', [1, 1, 2, 4, 4, 0, 3, 4]);
const kept = answering('kept', [3, 4, 3, 4, 4, 4, 1, 4]);

describe('the table of runs', () => {
  const runs = [
    {
      ...fixtureRun({ id: 'a' }),
      annotation: { name: 'Monday', tags: ['talk', 'best'], notes: 'row 3 is odd' },
    },
    {
      ...fixtureRun({ id: 'b', keep: 0.7, config: fixtureConfig({ method: { name: 'ewc' } }) }),
      annotation: { tags: ['talk'] },
    },
    fixtureRun({ id: 'c', status: 'interrupted', step: 260 }),
  ];
  const ids = (list: readonly RunResult[]) => list.map(({ id }) => id).join('');

  test('finds runs by words of their names, notes, methods, tasks and seeds', () => {
    expect(ids(found(runs, '', []))).toBe('abc');
    expect(ids(found(runs, 'monday', []))).toBe('a');
    expect(ids(found(runs, 'ODD row', []))).toBe('a');
    expect(ids(found(runs, 'elastic', [])) + ids(found(runs, 'ewc', []))).toContain('b');
    expect(ids(found(runs, 'dialogue seed 7', []))).toBe('abc');
    expect(ids(found(runs, 'interrupted', []))).toBe('c');
    expect(ids(found(runs, '', ['talk', 'best']))).toBe('a');
    expect(ids(found(runs, 'nothing of this', []))).toBe('');
  });

  test('stands in order, runs without the measure last', () => {
    expect(ids(sorted(runs, { by: 'forgetting', descending: true }))).toBe('abc');
    expect(ids(sorted(runs, { by: 'forgetting', descending: false }))).toBe('bac');
    expect(tagsOf(runs)).toEqual(['talk', 'best']);
  });

  test('reads what is typed', () => {
    expect(annotationOf(' Mine ', 'a, b ,a,,', 'x')).toEqual({ name: 'Mine', tags: ['a', 'b'], notes: 'x' });
    expect(annotationOf('', ' , ', ' ')).toEqual({});
  });
});

describe('against a baseline', () => {
  const delta = (key: string, run: RunResult, baseline = lost) =>
    baselineColumns(baseline)
      .find((column) => column.key === key)!
      .delta(run)!;

  test('differences are those of the scores, with the interval of the pairs', () => {
    // Right at the end: rows 3, 6, 7 of eight, against rows 0, 1, 2, 3, 5, 7.
    const reviews = delta('task-reviews', kept);
    expect(reviews.difference).toBeCloseTo(37.5);
    expect(reviews.low).toBeLessThan(37.5);
    expect(reviews.high).toBeGreaterThan(37.5);
    expect(delta('task-reviews', lost, kept).difference).toBeCloseTo(-37.5);
    // Tickets' rows are the same, so its difference is nothing for sure.
    expect(delta('task-tickets', kept)).toMatchObject({
      difference: 0,
      low: 0,
      high: 0,
      verdict: 'unclear',
    });
    expect(delta('averageAccuracy', kept).difference).toBeCloseTo(18.75);
    expect(delta('backwardTransfer', kept).difference).toBeCloseTo(37.5);
    expect(delta('forgetting', kept)).toMatchObject({ verdict: reviews.verdict });
    expect(delta('forgetting', kept).difference).toBeCloseTo(-37.5);
  });

  test('all rows of one against none of the other is beyond chance', () => {
    const none = answering('none', [1, 1, 1, 1, 1, 1, 1, 1]);
    const all = answering('all', [3, 4, 3, 4, 3, 4, 3, 4]);
    expect(delta('task-reviews', all, none)).toMatchObject({ difference: 100, low: 100, verdict: 'better' });
    expect(delta('forgetting', none, all)).toMatchObject({ difference: 100, verdict: 'worse' });
    const columns = baselineColumns(none);
    // The difference stands at once, its verdict when the interval is there.
    const backward = () => baselineView(columns, [{ label: 'A', run: all }]).cells[0]![1]!;
    expect(backward()).toMatchObject({ text: '+100.0' });
    expect(backward().note).toBeUndefined();
    expect(columns[1]!.pending(all)).toBe(true);
    columns[1]!.delta(all);
    expect(columns[1]!.pending(all)).toBe(false);
    expect(backward()).toMatchObject({ text: '+100.0 ▲', note: '100.0 to 100.0' });
  });

  test('other rows, or none that are kept, have no interval', () => {
    const other = {
      ...kept,
      matrix: [...kept.matrix],
      testRows: kept.testRows!.map((rows) => ({ ...rows, of: rows.of + 1 })),
    };
    expect(sameRows(lost, other, 'reviews')).toBe(false);
    expect(delta('task-reviews', other)).toMatchObject({
      difference: 37.5,
      low: null,
      verdict: 'unclear',
    });
    expect(delta('task-dialogue', kept)).toMatchObject({ low: null });
    const elsewhere = fixtureConfig();
    elsewhere.plan.stages.reverse();
    expect(delta('task-reviews', fixtureRun({ config: elsewhere }))).not.toBeNull();
  });
});

test('tables leave the page with the figures of the page', () => {
  const csv = tableCsv(runsTable([{ ...kept, annotation: { name: '=1+1', tags: ['a', 'b'] } }]), ['seed 7']);
  const [head, line] = csv.split('\r\n');
  expect(head).toMatch(/^run,plan,method,seed,.*,forgetting,settings$/);
  expect(line).toContain('Reviews → Tickets,Sequential');
  expect(line).toContain(',7,wasm,finished,');
  const differences = differencesTable(['A', 'B'], [{ path: 'seed', values: ['1', '2'] }]);
  expect(tableCsv(differences)).toBe('setting,A,B\r\nseed,1,2');
  const tex = tableLatex(swappedTable('A', 'B', swapped(lost, kept)), { title: 'Rows', notes: [] });
  expect(tex).toContain('Reviews & 8 & 8 & 4 & 1 & 1 & 2');
});

test('rows that one run lost and the other kept', () => {
  const [reviews, ...others] = swapped(lost, kept);
  // Tickets is the last stage and dialogue has no rows, so neither can be lost.
  expect(others).toEqual([]);
  expect(reviews).toMatchObject({ n: 8, both: 8, lostByBoth: 1, keptByBoth: 2 });
  expect(reviews!.lostByFirst).toEqual([
    { row: 0, reference: 'negative', answer: 'billing' },
    { row: 1, reference: 'positive', answer: 'billing' },
    { row: 2, reference: 'negative', answer: 'delivery' },
    { row: 5, reference: 'positive', answer: null },
  ]);
  expect(reviews!.lostBySecond).toEqual([{ row: 6, reference: 'negative', answer: 'billing' }]);
  expect(swapped(kept, lost)[0]!.lostByFirst).toEqual(reviews!.lostBySecond);
});
