import { describe, expect, it } from 'vitest';
import type { Lesson, LessonWords } from '../../run/lesson';
import { packBits } from '../../run/outcomes';
import type { RunResult } from '../../run/result';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { findings } from './findings';

const ROWS = 40;
/** The first so many of 40 rows right. */
const right = (count: number) => packBits(Array.from({ length: ROWS }, (_, i) => i < count));

/** A run in which Reviews has so many rows right before, after its own stage and at the end. */
function run(counts: [number, number, number]): RunResult {
  const result = fixtureRun();
  return {
    ...result,
    testRows: [{ task: 'reviews', n: ROWS, of: ROWS, references: '' }],
    matrix: result.matrix.map((row) => ({
      ...row,
      scores: row.scores.map((score) => {
        if (score.task !== 'reviews') return score;
        const count = counts[row.stage] ?? 0;
        const value = (100 * count) / ROWS;
        return { ...score, score: { ...score.score, value, n: ROWS }, outcomes: { right: right(count) } };
      }),
    })),
  };
}

const words: LessonWords = {
  title: 't',
  question: 'q',
  teaser: 't',
  setting: ['s'],
  draw: 'd',
  runs: { plain: 'Plain', replay: 'Replay' },
  says: { lost: { less: 'It is lost.', same: 'Nobody can tell.' }, kept: { more: 'Kept.' } },
  after: ['a'],
  change: 'c',
  ask: ['a'],
};

const lesson = (of: Lesson['findings'], change: Partial<Lesson> = {}): Lesson => ({
  version: 1,
  id: 'x',
  picture: 'steps',
  task: 'reviews',
  draw: 'replay',
  runs: ['plain', 'replay'].map((id) => ({ id, config: fixtureConfig(), recorded: id })),
  next: fixtureConfig(),
  findings: of,
  words: { en: words },
  papers: [{ text: 'p', url: 'https://arxiv.org/abs/1' }],
  ...change,
});

const lost = { kind: 'change' as const, id: 'lost', run: 'plain', task: 'reviews' };
const kept = { kind: 'against' as const, id: 'kept', run: 'replay', other: 'plain', task: 'reviews' };

describe('findings', () => {
  it('counts a trained task from where it was learnt, and says what a loss means', () => {
    const [found] = findings(lesson([lost]), { plain: run([20, 36, 12]) }, words);
    expect(found).toMatchObject({ id: 'lost', verdict: 'less', says: 'It is lost.' });
    expect(found?.text).toMatch(
      /^Reviews \(Plain\) stood at 90\.0 when it had been learnt, at 30\.0 at the end\. A difference of −60\.0 points \(−\d+\.\d to −\d+\.\d\)\.$/,
    );
  });

  it('says that the rows do not tell, where the interval holds 0', () => {
    const [found] = findings(lesson([lost]), { plain: run([20, 30, 30]) }, words);
    expect(found).toMatchObject({ verdict: 'same', says: 'Nobody can tell.' });
  });

  it('compares two runs on the same rows', () => {
    const [found] = findings(lesson([kept]), { plain: run([20, 36, 12]), replay: run([20, 36, 34]) }, words);
    expect(found).toMatchObject({ verdict: 'more', says: 'Kept.' });
    expect(found?.text).toMatch(
      /^Reviews at the end: 85\.0 \(Replay\), 30\.0 \(Plain\)\. A difference of \+55\.0 points/,
    );
  });

  it('has no verdict, and no interval, where rows were not kept', () => {
    const bare = fixtureRun();
    const [found] = findings(lesson([lost]), { plain: bare }, words);
    expect(found).toMatchObject({ verdict: null, says: null });
    expect(found?.text).not.toMatch(/difference/);
  });

  it('waits for the end of a run, and for the other', () => {
    expect(findings(lesson([lost]), { plain: { ...run([20, 36, 12]), status: 'running' } }, words)).toEqual(
      [],
    );
    expect(findings(lesson([kept]), { replay: run([20, 36, 34]) }, words)).toEqual([]);
  });

  it('holds a mix against the straight line between its ends', () => {
    const at = (value: number) => ({ value, low: value - 5, high: value + 5, n: 100 });
    const mixed: RunResult = {
      ...fixtureRun(),
      interpolations: [
        {
          stage: 1,
          points: [
            [0, 80],
            [0.5, 70],
            [1, 20],
          ].map(([alpha, value]) => ({
            alpha: alpha!,
            scores: [{ task: 'reviews', score: at(value!), loss: 1 }],
          })),
        },
      ],
    };
    const finding = { kind: 'mix' as const, id: 'lost', run: 'plain', task: 'reviews', alpha: 0.5 };
    const [found] = findings(lesson([finding]), { plain: mixed }, words);
    expect(found?.verdict).toBe('more');
    expect(found?.text).toBe(
      'Reviews at 0.5: 70.0 (65.0 to 75.0). Before 80.0, after 20.0; a straight line between them would give 50.0.',
    );
  });

  it('says what each run took', () => {
    const cost = { trainedTokens: 48_000, gradientTokens: 0, forwardTokens: 12_000, setBytes: 0 };
    const results = {
      plain: run([1, 2, 3]),
      replay: { ...run([1, 2, 3]), cost: { ...cost, trainedParameters: 41_000 } },
    };
    const [found] = findings(lesson([{ kind: 'cost', id: 'c' }]), results, words);
    expect(found?.text).toBe(
      'Plain trained on 0 tokens and moved 2.46 M numbers; Replay trained on 48 k tokens, read 12 k more and moved 41 k numbers.',
    );
  });
});
