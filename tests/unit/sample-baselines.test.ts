/** What bags of words and copying reach on the sample tasks, and that it is little. */
import { describe, expect, test } from 'vitest';
import { naiveBayes, logisticRegression } from '../../tools/tasks/baseline/bagOfWords';
import { nearestNeighbour, piecesOf } from '../../tools/tasks/baseline/copying';
import { measure, reach } from '../../tools/tasks/baseline/measure';
import { sampleFiles } from '../../tools/tasks/generate.mjs';
import { TASKS } from '../../tools/tasks/tasks.mjs';

interface Row {
  input: string;
  target: string;
}

describe('the baselines themselves', () => {
  const rows: Row[] = [
    { input: 'rain and wind', target: 'weather' },
    { input: 'wind and snow', target: 'weather' },
    { input: 'goal and match', target: 'sport' },
    { input: 'match and team', target: 'sport' },
  ];

  test('naive Bayes weighs the words that it knows', () => {
    const classify = naiveBayes(rows);
    expect(classify('Snow, rain!')).toBe('weather');
    expect(classify('the team')).toBe('sport');
    // P(weather | wind wind match) > P(sport | ...): 3/13 · 3/13 · 1/13 against 1/13 · 1/13 · 3/13.
    expect(classify('wind wind match')).toBe('weather');
  });

  test('logistic regression tells the same apart, and gives the same twice', () => {
    const classify = logisticRegression(rows);
    expect(['snow', 'team', 'wind wind match'].map(classify)).toEqual(['weather', 'sport', 'weather']);
    const texts = ['rain match', 'goal wind', 'and'];
    expect(texts.map(logisticRegression(rows))).toEqual(texts.map(classify));
  });

  test('the nearest neighbour is the one with the rare words', () => {
    expect(nearestNeighbour(rows)('and and and snow')).toBe('weather');
    expect(nearestNeighbour(rows)('a goal')).toBe('sport');
  });

  test('pieces to copy are turns, with and without their speaker, or sentences', () => {
    expect(piecesOf('Anna: Hello. You?\nAgent: Yes: me.')).toEqual([
      'Anna: Hello. You?',
      'Hello. You?',
      'Agent: Yes: me.',
      'Yes: me.',
    ]);
    expect(piecesOf('One. Two?')).toEqual(['One. Two?', 'One.', 'Two?']);
  });

  test('what words tell is found, and a rule of order is not', () => {
    const words = 'ash elm oak yew fir bay'.split(' ');
    const pairs = words.flatMap((a) => words.filter((b) => b !== a).map((b) => [a, b] as const));
    const byWord = pairs.map(([a, b]) => ({ input: `${a} ${b}`, target: a < 'f' || b < 'f' ? 'yes' : 'no' }));
    const byOrder = pairs.map(([a, b]) => ({ input: `${a} ${b}`, target: a < b ? 'yes' : 'no' }));
    const task = { id: 'trees', metric: 'exact-match' as const, labels: ['no', 'yes'] };
    expect(reach(measure(task, byWord, byWord))).toBeGreaterThan(90);
    expect(reach(measure(task, byOrder, byOrder))).toBe(50);
  });
});

const files = sampleFiles();
const rowsOf = (task: string, part: string) =>
  (files.get(`${task}/${part}.jsonl`) ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
const found = TASKS.map((task) => measure(task, rowsOf(task.id, 'train'), rowsOf(task.id, 'test')));

describe.each(found.map((row) => [row.id, row] as const))('%s', (_, row) => {
  test('needs more than counts of words or a copied answer', () => {
    expect(reach(row)).toBeLessThanOrEqual(row.metric === 'rouge-l' ? 45 : 70);
    expect(row.bestCopy ?? 0).toBeLessThanOrEqual(45);
  });
});
