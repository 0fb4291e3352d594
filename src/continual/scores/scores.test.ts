import { describe, expect, test } from 'vitest';
import { answerMetric, exactMatch, normaliseAnswer, rouge1, rouge2, rougeL, rougeLsum, tokenF1 } from '.';
import { porterStem } from './porter';
import measures from '../measures.fixture.json';
import fixture from './rouge.fixture.json';

describe('exact match', () => {
  test.each([
    ['Positive', ['positive'], 100],
    [' positive. ', ['Positive'], 100],
    ['sci/tech', ['Sci Tech'], 0],
    ['the cat', ['cat'], 0],
    ['not  entailed', ['not entailed'], 100],
    ['yes', ['no', 'Yes!'], 100],
    ['', ['positive'], 0],
    ['“quoted”', ['"quoted"'], 100],
    ['ﬁne', ['fine'], 100],
    ['+', ['-'], 0],
    ['+', ['+'], 100],
    ['Größe', ['grösse'], 0],
    ['ÉTÉ', ['été'], 100],
  ])('%j against %j is %d', (answer, references, score) => {
    expect(exactMatch(answer, references)).toBe(score);
  });

  test('the form it compares', () => {
    expect(normaliseAnswer('  The  U.S.A.,\n“today”  ')).toBe('the usa today');
  });
});

describe('token F1', () => {
  test.each([
    ['the cat sat', ['a cat sat'], 100],
    ['cat sat', ['cat lay'], 50],
    // 2 common of 3 given and 4 wanted: precision 2/3, recall 1/2.
    ['red red blue', ['red blue green green'], (100 * 2 * (2 / 3) * (1 / 2)) / (2 / 3 + 1 / 2)],
    // "red" is wanted once, so the second one counts for nothing.
    ['red red', ['red'], (100 * 2 * 0.5) / 1.5],
    ['dog', ['cat', 'dog'], 100],
    ['the', ['a'], 100],
    ['', ['cat'], 0],
    ['theatre an', ['theatre'], 100],
    ['café au lait', ['Café, au lait!'], 100],
  ])('%j against %j is %f', (answer, references, score) => {
    expect(tokenF1(answer, references)).toBeCloseTo(score, 9);
  });
});

describe('token F1 and exact match', () => {
  test('agree with the SQuAD metrics of transformers', () => {
    expect(measures.squad).toHaveLength(120);
    for (const { answer, reference, f1 } of measures.squad) {
      expect(tokenF1(answer, [reference]), `${answer} | ${reference}`).toBeCloseTo(f1, 6);
    }
  });
});

describe('ROUGE', () => {
  test.each([
    ['rouge1', rouge1],
    ['rouge2', rouge2],
    ['rougeL', rougeL],
    ['rougeLsum', rougeLsum],
  ] as const)('%s agrees with rouge_score on every pair of the fixture', (name, metric) => {
    expect(fixture).toHaveLength(280);
    for (const { answer, reference, [name]: wanted } of fixture) {
      expect(Math.abs(metric(answer, [reference]) - wanted), `${answer} | ${reference}`).toBeLessThan(1e-6);
    }
  });

  test('the sum over lines differs from the whole on the fixture, so neither stands for the other', () => {
    const differ = fixture.filter((row) => Math.abs(row.rougeL - row.rougeLsum) > 1);
    expect(differ.length).toBeGreaterThan(40);
  });

  test('takes the best of several references', () => {
    expect(rougeL('one two', ['three', 'one two'])).toBe(100);
  });

  test.each([
    ['rationally', 'ration'],
    ['generalizations', 'gener'],
    ['hopping', 'hop'],
    ['filing', 'file'],
    ['falling', 'fall'],
    ['enjoy', 'enjoy'],
    ['happy', 'happi'],
    ['flies', 'fli'],
    ['dies', 'die'],
    ['skies', 'sky'],
    ['syzygy', 'syzygi'],
    ['agreed', 'agre'],
    ['adoption', 'adopt'],
    ['controlling', 'control'],
  ])('stems %s to %s', (word, stem) => {
    expect(porterStem(word)).toBe(stem);
  });
});

test('every metric but the loss reads an answer', () => {
  expect(answerMetric('exact-match')?.('b', ['B'])).toBe(100);
  expect(answerMetric('token-f1')?.('b c', ['b'])).toBeCloseTo(200 / 3, 9);
  expect(answerMetric('rouge-l')?.('running dogs', ['run dog'])).toBe(100);
  expect(answerMetric('rouge-1')?.('one two', ['one three'])).toBe(50);
  expect(answerMetric('rouge-2')?.('one two', ['one two three'])).toBeCloseTo(200 / 3, 9);
  expect(answerMetric('rouge-lsum')?.('one\ntwo', ['two\none'])).toBe(100);
  expect(answerMetric('loss')).toBeNull();
});
