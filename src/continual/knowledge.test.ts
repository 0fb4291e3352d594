import { describe, expect, test } from 'vitest';
import type { Batch } from '../engine/types';
import { fakeAnswers, fakeCodec, fakeConfig, FakeLearner, fakeParts } from './testing';
import { compared, labelKnowledge } from './knowledge';
import measures from './measures.fixture.json';
import { knowledgeScore, labelsOf, lostExamples, outcomesOf, testRowsOf } from './outcome';
import { prepareTask, type PreparedTask } from './prepare';
import { exactMatch } from './scores';
import { lostTo, unpackBits, unpackCodes } from '../run/outcomes';
import type { Evaluated } from './evaluate';

const breathe = () => Promise.resolve();

/** A task with labels of one, two and three words. */
const labels = ['red', 'north south', 'blue green yes'];
async function task(answers = labels): Promise<PreparedTask> {
  const parts = fakeParts(0, answers, { train: 30, scored: 30 });
  return prepareTask(fakeConfig().tasks[0]!, parts, fakeCodec, fakeConfig(), true, breathe);
}

/** Nats a token by the first token of a label, so that a longer label costs more in sum. */
class Scripted extends FakeLearner {
  batches: number[] = [];
  rows = 0;
  constructor(private readonly natsOf: (source: number[], target: number[]) => number) {
    super();
  }
  override rowLosses(batch: Batch) {
    this.batches.push(batch.rows);
    this.rows += batch.rows;
    const nats = new Float32Array(batch.rows);
    const tokens = new Int32Array(batch.rows);
    for (let r = 0; r < batch.rows; r++) {
      const source = [...batch.source.subarray(r * batch.sourceLength, (r + 1) * batch.sourceLength)];
      const row = [...batch.labels.subarray(r * batch.targetLength, (r + 1) * batch.targetLength)];
      const target = row.filter((label) => label !== -100);
      tokens[r] = target.length;
      nats[r] = target.length * this.natsOf(source, target);
    }
    return Promise.resolve({ nats, tokens });
  }
}

describe('knowledge', () => {
  test('is the label of the highest likelihood a token, whatever its length', async () => {
    const { candidates, test: rows } = await task();
    // The longest label is likeliest a token, and far from it in sum.
    const learner = new Scripted((_source, target) => (target.length === 4 ? 0.9 : 1));
    const settings = { examples: 30, labels: 10 };
    const found = await labelKnowledge(learner, await task(), rows, settings, 8, breathe);
    expect(found!.known).toEqual(rows.map((row) => row.references[0] === labels[2]));
    expect(found!.labels).toEqual({ compared: 3, all: 3 });
    expect(learner.rows).toBe(20 * candidates.length);
    expect(Math.max(...learner.batches)).toBe(8);
  });

  test('asks no more rows and labels than it is told', async () => {
    const many = ['yes', 'no', 'red', 'blue', 'green', 'north', 'south', 'yes no', 'red blue'];
    const prepared = await task(many);
    const learner = new Scripted(() => 1);
    const settings = { examples: 5, labels: 4 };
    const found = await labelKnowledge(learner, prepared, prepared.test, settings, 8, breathe);
    expect(learner.rows).toBe(5 * 4);
    expect(found!.known).toHaveLength(5);
    expect(found!.labels).toEqual({ compared: 4, all: 9 });
  });

  test('compares the right label with a draw of others that is the same at every stage', async () => {
    const many = ['yes', 'no', 'red', 'blue', 'green', 'north', 'south'];
    const { candidates } = await task(many);
    const draw = (row: number) => compared(candidates, new Set(['blue']), row, 3).map((c) => c.label);
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).toContain('blue');
    expect(new Set(draw(4)).size).toBe(3);
    const drawn = new Set(Array.from({ length: 60 }, (_, row) => draw(row)).flat());
    expect(drawn).toEqual(new Set(many));
  });

  test('a model to which all labels are alike is not taken to know the right one', async () => {
    const prepared = await task();
    const settings = { examples: 30, labels: 10 };
    const found = await labelKnowledge(new Scripted(() => 1), prepared, prepared.test, settings, 8, breathe);
    const known = found!.known.filter(Boolean).length;
    expect(known).toBeGreaterThan(0);
    expect(known).toBeLessThan(30);
  });

  test('is not asked of free text, nor when switched off', async () => {
    const prepared = await task();
    const off = { examples: 0, labels: 10 };
    const learner = new Scripted(() => 1);
    expect(await labelKnowledge(learner, prepared, prepared.test, off, 8, breathe)).toBeNull();
    const free = { ...prepared, candidates: [] };
    const on = { examples: 9, labels: 10 };
    expect(await labelKnowledge(learner, free, prepared.test, on, 8, breathe)).toBeNull();
    expect(learner.rows).toBe(0);
  });
});

const evaluated = (prepared: PreparedTask, answers: string[], known: boolean[] | null): Evaluated => {
  const points = prepared.test.map((row, i) => exactMatch(answers[i]!, row.references));
  return {
    score: { value: 0, low: 0, high: 0, n: points.length },
    loss: 1,
    answers,
    points,
    right: points.map((p) => p >= 50),
    natsAToken: new Float64Array(points.length),
    knowledge: known && { known, labels: { compared: 2, all: 2 } },
  };
};

describe('what an evaluation leaves', () => {
  test('format loss is what is known and not said', async () => {
    const prepared = await task(fakeAnswers);
    const said = prepared.test.map((row, i) => (i % 2 === 0 ? row.references[0]! : 'red'));
    const known = prepared.test.slice(0, 20).map((_, i) => i < 15);
    const found = knowledgeScore(evaluated(prepared, said, known))!;
    expect(found.score).toMatchObject({ value: 75, n: 20 });
    expect(found.formatLoss).toBe(25);
    expect(knowledgeScore(evaluated(prepared, said, null))).toBeNull();
  });

  test('accuracy and confusion agree with scikit-learn', async () => {
    const { truth, answers, names, accuracy, confusion } = measures.labels;
    const base = await task();
    const prepared: PreparedTask = {
      ...base,
      labels: new Set(names.slice(0, 4)),
      test: truth.map((t, i) => ({
        prompt: String(i),
        references: [t],
        tokens: base.test[0]!.tokens,
      })),
    };
    const everything = labelsOf([prepared]);
    expect(everything).toEqual(names.slice(0, 4));
    const now = evaluated(prepared, answers, null);
    const outcomes = outcomesOf(prepared, now, everything);
    const right = unpackBits(outcomes.right, truth.length);
    expect((100 * right.filter(Boolean).length) / truth.length).toBeCloseTo(accuracy, 9);
    const [rows] = testRowsOf([prepared], everything);
    const counted = names.map(() => names.map(() => 0));
    const references = unpackCodes(rows!.references);
    // 0, no label, is the last name.
    const place = (code: number) => (code === 0 ? 4 : code - 1);
    unpackCodes(outcomes.answers!).forEach((code, i) => counted[place(references[i]!)]![place(code)]!++);
    expect(counted).toEqual(confusion);
    // From a time when all was right, what was lost is the confusion off the diagonal.
    const before = outcomesOf(prepared, evaluated(prepared, truth, null), everything);
    const lost = lostTo(before, outcomes, rows!, everything);
    const off = confusion.flatMap((line, i) => line.filter((count, j) => i !== j && count > 0));
    expect(lost.map((l) => l.count).sort()).toEqual(off.sort());
  });

  test('lost rows are those that were right, with prompt and answer, as many as asked', async () => {
    const prepared = await task(fakeAnswers);
    const was = prepared.test.map((row, i) => (i < 10 ? row.references[0]! : 'red'));
    const is = prepared.test.map((row, i) => (i < 4 || i > 12 ? row.references[0]! : 'blue'));
    const before = outcomesOf(prepared, evaluated(prepared, was, null), labelsOf([prepared]));
    const row = {
      stage: 1,
      step: 3,
      scores: [
        {
          task: 'a',
          metric: 'exact-match' as const,
          score: { value: 0, low: 0, high: 0, n: 30 },
          loss: 1,
          outcomes: before,
        },
      ],
    };
    const lost = lostExamples(row, prepared, evaluated(prepared, is, null), 2, 100);
    expect(lost.map((l) => l.prompt)).toEqual(prepared.test.slice(4, 10).map((r) => r.prompt));
    expect(lost.every((l) => l.answer === 'blue' && l.stage === 2)).toBe(true);
    expect(lostExamples(row, prepared, evaluated(prepared, is, null), 2, 2)).toEqual(lost.slice(0, 2));
  });
});
