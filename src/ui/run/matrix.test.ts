import { describe, expect, it } from 'vitest';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { matrixView, metricViews } from './matrix';

describe('matrixView', () => {
  it('has row 0, a row a stage, a column a task, and outlines the diagonal', () => {
    const view = matrixView(fixtureRun());
    expect(view.columns.map((c) => [c.task.name, c.metric])).toEqual([
      ['Reviews', 'exact match'],
      ['Tickets', 'exact match'],
      ['Dialogue', 'ROUGE-L'],
    ]);
    expect(view.rows.map((r) => [r.stage, r.label, ...r.cells.map((c) => c.text)])).toEqual([
      [0, 'before training', '55.0', '4.0', '31.0'],
      [1, 'after Reviews', '92.0', '4.0', '22.0'],
      [2, 'after Tickets', '41.0', '86.0', '14.0'],
    ]);
    expect(view.rows.map((r) => r.cells.map((c) => c.diagonal))).toEqual([
      [false, false, false],
      [true, false, false],
      [false, true, false],
    ]);
    expect(view.rows[2]!.cells[0]!.heat).toBeCloseTo(0.41);
    expect(view.rows[2]!.cells[0]!.title).toBe(
      'Reviews: 41.0; 95 % interval 35.0 to 47.0, 200 rows; loss 1.98 nats a token; ' +
        '49 % of the answers are labels; −51.0 in this stage',
    );
    expect(view.rows[2]!.cells[0]!).toMatchObject({ interval: '35–47', inside: '49 %' });
    expect(view.rows[2]!.cells[2]!.inside).toBeUndefined();
  });

  it('keeps rows that are still to come, empty', () => {
    const view = matrixView(fixtureRun({ step: 210 }));
    expect(view.rows).toHaveLength(3);
    expect(view.rows[2]!.cells.map((c) => [c.text, c.heat])).toEqual([
      ['·', null],
      ['·', null],
      ['·', null],
    ]);
  });

  it('gives a loss no colour, since lower is better', () => {
    const base = fixtureConfig();
    const tasks = base.tasks.map((t) => ({ ...t, metric: 'loss' as const }));
    const cell = matrixView(fixtureRun({ config: { ...base, tasks } })).rows[1]!.cells[0]!;
    expect([cell.text, cell.heat]).toEqual(['92.00', null]);
  });
});

describe('metricViews', () => {
  it('writes the numbers with their signs, and dashes where nothing is defined', () => {
    expect(metricViews(fixtureRun()).map((m) => [m.label, m.value])).toEqual([
      ['Average accuracy', '63.5'],
      ['Backward transfer', '−51.0'],
      ['Forgetting', '51.0'],
      ['Dialogue, watched', '−17.0'],
    ]);
    expect(metricViews(fixtureRun({ step: 20 })).map((m) => m.value)).toEqual(['–', '–', '–']);
  });

  it('writes the change of a watched loss in nats, finely, and says that more of it is worse', () => {
    const base = fixtureConfig();
    const tasks = base.tasks.map((t) => (t.id === 'dialogue' ? { ...t, metric: 'loss' as const } : t));
    const run = fixtureRun({ config: { ...base, tasks } });
    run.metrics.watched = [{ task: 'dialogue', change: 0.0412 }];
    const { value, explanation } = metricViews(run).at(-1)!;
    expect(value).toBe('+0.041 nats');
    expect(explanation).toMatch(/plus is worse/);
    expect(metricViews(fixtureRun()).at(-1)!.explanation).toMatch(/minus is worse/);
  });
});
