/** Every figure here is worked out by hand. */
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../run/result';
import { studentQuantile } from '../../run/statistics';
import { fixtureRun } from '../testing/fixture';
import { pictured } from '../testing/pictured';
import { bestMix, interpolationView, mixes, mixPlan, mixWords } from './interpolation';
import { comparableStages, confusionView, lostBetween, lostExampleRows } from './lost';
import { relearningView, savingsWords } from './relearning';
import { meanCurve } from './seeds';
import { changeTitle, placeOf, totalChange, weightsView } from './weights';
import { tasksOf } from '../run/names';

describe('what was lost', () => {
  const run = pictured();
  const [reviews, tickets] = lostBetween(run, 'learnt', 2);

  it('counts rows right when learnt and wrong now, by the task whose label was answered', () => {
    expect(comparableStages(run)).toEqual([0, 1, 2]);
    // Rows 0 and 1 answered billing, row 2 delivery, row 4 positive, row 5 nothing known.
    expect([reviews!.right, reviews!.n, reviews!.rows.map(({ row }) => row)]).toEqual([
      8,
      8,
      [0, 1, 2, 4, 5],
    ]);
    expect(reviews!.to).toEqual([1, 3, 0, 1]);
    expect(reviews!.rows.at(-1)).toEqual({ row: 5, reference: 'positive', answer: null });
    expect(reviews!.confusions[0]!.count).toBe(1);
    // Tickets were learnt in the last stage, and a task scored by its loss or without outcomes has no rows.
    expect(tickets).toBeUndefined();
  });

  it('compares any two stages', () => {
    const [first, second] = lostBetween(run, 0, 2);
    // Right before: all but rows 1 and 2 (rows 0, 3, 4, 5, 6, 7); lost of them 0, 4 and 5.
    expect([first!.right, first!.rows.map(({ row }) => row), first!.won]).toEqual([6, [0, 4, 5], 0]);
    // Row 3 of tickets was right before and answers billing; rows 0, 1 and 2 are won.
    expect([second!.rows, second!.won, second!.to]).toEqual([
      [{ row: 3, reference: 'delivery', answer: 'billing' }],
      3,
      [0, 1, 0, 0],
    ]);
  });

  it('draws them as a confusion of tasks', () => {
    const view = confusionView(lostBetween(run, 'learnt', 2), tasksOf(run.config));
    expect(view.columns).toEqual(['Reviews', 'Tickets', 'Dialogue', 'no label']);
    expect(view.rows).toEqual(['Reviews: 5 of 8']);
    expect(view.cells[0]!.map(({ value, strength, outlined }) => [value, strength, outlined])).toEqual([
      [1, 1 / 3, true],
      [3, 1, false],
      [0, 0, false],
      [1, 1 / 3, false],
    ]);
    expect(view.cells[0]![1]!.title).toBe('3 rows of Reviews answered with a label of Tickets');
  });

  it('puts prompts beside answers: those of the record at once, all of them with the data', () => {
    const told = lostExampleRows(run, reviews!, 2, null);
    expect(told.map(({ row, prompt }) => [row, prompt])).toEqual([
      [0, 'It broke.\nPositive or negative?'],
      [1, 'I love it.\nPositive or negative?'],
      [2, null],
      [4, null],
      [5, null],
    ]);
    const examples = Array.from({ length: 8 }, (_, i) => ({ input: `prompt ${i}`, target: 'x' }));
    expect(lostExampleRows(run, reviews!, 2, examples).at(-1)).toEqual({
      row: 5,
      prompt: 'prompt 5',
      reference: 'positive',
      answer: 'no label',
    });
  });

  it('has nothing for records of earlier versions', () => {
    expect(comparableStages(fixtureRun())).toEqual([]);
    expect(lostBetween(fixtureRun(), 'learnt', 2)).toEqual([]);
  });
});

describe('where the weights changed', () => {
  it('knows the parts of a T5', () => {
    const place = (name: string) => {
      const found = placeOf(name);
      return found && `${found.row}: ${found.part}`;
    };
    expect(
      [
        'shared.weight',
        'encoder.block.0.layer.0.SelfAttention.q.weight',
        'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight',
        'encoder.block.3.layer.1.DenseReluDense.wi_1.weight',
        'encoder.block.3.layer.1.layer_norm.weight',
        'encoder.final_layer_norm.weight',
        'decoder.block.1.layer.1.EncDecAttention.o.weight',
        'decoder.block.1.layer.2.DenseReluDense.wo.weight',
        'lm_head.weight',
        'something.else',
      ].map(place),
    ).toEqual([
      'embeddings: table',
      'encoder 1: self q',
      'encoder 1: position',
      'encoder 4: wi',
      'encoder 4: norms',
      'encoder end: norms',
      'decoder 2: cross o',
      'decoder 2: wo',
      'output: table',
      null,
    ]);
  });

  it('takes the tensors of a part together: √Σ‖Δ‖² / √Σ‖w‖²', () => {
    const wi = 'encoder.block.0.layer.1.DenseReluDense.wi';
    const change = {
      stage: 2,
      tensors: [
        { name: `${wi}_0.weight`, change: 3, norm: 6 },
        { name: `${wi}_1.weight`, change: 4, norm: 8 },
        { name: 'shared.weight', change: 0, norm: 0 },
        { name: 'encoder.block.0.layer.0.SelfAttention.k.weight', change: 1, norm: 10 },
      ],
    };
    const view = weightsView(change);
    expect([view.rows, view.columns]).toEqual([
      ['embeddings', 'encoder 1'],
      ['self k', 'wi', 'table'],
    ]);
    expect(view.cells.map((row) => row.map(({ value }) => value))).toEqual([
      [null, null, 0],
      [0.1, 0.5, null],
    ]);
    expect(view.cells[1]!.map(({ strength, text }) => [strength, text])).toEqual([
      [0.2, '10'],
      [1, '50'],
      [0, ''],
    ]);
    expect(totalChange(change)).toBeCloseTo(Math.sqrt(26 / 200), 12);
    expect(changeTitle(fixtureRun(), change)).toBe(
      'Stage 2, Tickets: all weights together changed by 36.1 % of their norm',
    );
  });
});

describe('mixes of before and after', () => {
  const run = pictured();
  const found = run.interpolations![0]!;

  it('have the score of the new task and the mean of the others, by α', () => {
    const scores = mixes(run, found);
    expect(scores.map(({ alpha }) => alpha)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect([scores[0]!.fresh, scores[0]!.others]).toEqual([4, (92 + 22) / 2]);
    expect([scores[4]!.fresh, scores[4]!.others]).toEqual([86, (41 + 14) / 2]);
    // The sum of the two at 0.25: 45 + (91.203125 + 20) / 2; at 0.5: 61.98 + 51.81; at 0.75: 75.01 + 43.24; at 1: 113.5.
    expect(bestMix(scores)!.alpha).toBe(0.75);
    expect(mixWords(run, 2, scores[4]!)).toBe('α 1.00: Tickets 86.0, the others 27.5 on average');
  });

  it('are drawn a line a task, a ring where the slider stands', () => {
    const view = interpolationView(run, found, 0.5);
    expect(view.lines.map(({ label, dash }) => [label, dash.length > 0])).toEqual([
      ['Reviews', false],
      ['Tickets', false],
      ['Dialogue', true],
    ]);
    expect(view.lines[0]!.points.map(({ x }) => x)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(view.lines[1]!.learnt).toMatchObject({ x: 0.5, y: 4 + 82 * Math.SQRT1_2 });
    // Of the first stage, Tickets are still to come.
    expect(interpolationView(run, { ...found, stage: 1 }, null).lines.map((l) => l.label)).toEqual([
      'Reviews',
      'Dialogue',
    ]);
  });

  it('are scored from coarse to fine, and then no more', () => {
    const coarse = mixPlan([]);
    expect([...coarse].sort((a, b) => a - b)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(mixPlan([1, 0])).toHaveLength(9);
    const fine = mixPlan(coarse);
    expect(fine).toEqual([0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95]);
    expect(mixPlan([...coarse, ...fine])).toEqual([]);
  });
});

describe('learning again', () => {
  it('lays the first time beside it, both from step 0', () => {
    const view = relearningView(pictured(), 'score');
    expect(view.lines.map((l) => [l.label, l.dash.length > 0, l.points[0]!.x, l.points.at(-1)!.x])).toEqual([
      ['Reviews, first', true, 0, 200],
      ['Reviews, again', false, 0, 100],
    ]);
    expect(view.x.max).toBe(200);
    expect(relearningView(fixtureRun(), 'score').lines).toEqual([]);
  });

  it('says what is saved', () => {
    expect(savingsWords(pictured())).toEqual([
      'Reviews came back to nine tenths of its first gain (88) in 45 steps, 120 at first: 63 % saved.',
    ]);
    const run: RunResult = pictured();
    run.metrics.savings = [
      { task: 'reviews', criterion: 88, firstSteps: 120, againSteps: null, percent: null },
    ];
    expect(savingsWords(run)[0]).toMatch(/^Reviews did not come back to .* 120 steps at first\.$/);
  });
});

describe('curves over seeds', () => {
  const point = (x: number, y: number) => ({ x, y, low: y, high: y, n: 100 });

  it('are means with Student’s t interval, at the steps that all have', () => {
    const [first, second, ...more] = meanCurve([
      [point(0, 10), point(20, 50), point(40, 1)],
      [point(0, 20), point(20, 50)],
      [point(0, 30), point(20, 50)],
    ]);
    const half = (studentQuantile(0.975, 2) * 10) / Math.sqrt(3);
    expect(first).toMatchObject({ x: 0, y: 20, n: 3 });
    expect(first!.low).toBeCloseTo(20 - half, 9);
    expect(first!.high).toBeCloseTo(20 + half, 9);
    expect(second).toEqual({ x: 20, y: 50, low: 50, high: 50, n: 3 });
    expect(more).toEqual([]);
    expect(meanCurve([[point(0, 1)]])).toEqual([{ x: 0, y: 1, low: 1, high: 1, n: 1 }]);
  });
});
