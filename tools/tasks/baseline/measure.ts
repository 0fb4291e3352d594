/**
 * How far one gets on a sample task without reading it: scores of the baselines on the test part, in per cent by
 * the task's own metric. A task is worth a model's while only as far as a model is better than this.
 */
import { answerMetric } from '../../../src/continual/scores/index';
import type { Task } from '../makers/parts.mjs';
import { logisticRegression, naiveBayes, type Row } from './bagOfWords';
import { nearestNeighbour, piecesOf } from './copying';

export interface Baselines {
  id: string;
  metric: string;
  /** Always the most frequent answer of the training part. */
  constant: number;
  /** Null for free text. */
  naiveBayes: number | null;
  logisticRegression: number | null;
  /** Null where the answers are labels. */
  nearestNeighbour: number | null;
  /** The best turn or sentence of each input, chosen by somebody who knows the answer: nobody copies better. */
  bestCopy: number | null;
}

export function measure(task: Pick<Task, 'id' | 'metric' | 'labels'>, train: Row[], test: Row[]): Baselines {
  const score = answerMetric(task.metric);
  if (!score) throw new RangeError(`${task.id}: expected a metric of answers`);
  const mean = (answer: (row: Row) => number): number =>
    test.reduce((sum, row) => sum + answer(row), 0) / test.length;
  const scoreOf = (answer: (text: string) => string): number =>
    mean((row) => score(answer(row.input), [row.target]));
  const counts = new Map<string, number>();
  for (const { target } of train) counts.set(target, (counts.get(target) ?? 0) + 1);
  const [[constant] = ['']] = [...counts].sort((a, b) => b[1] - a[1]);
  const closed = task.labels.length > 0;
  return {
    id: task.id,
    metric: task.metric,
    constant: scoreOf(() => constant),
    naiveBayes: closed ? scoreOf(naiveBayes(train)) : null,
    logisticRegression: closed ? scoreOf(logisticRegression(train)) : null,
    nearestNeighbour: closed ? null : scoreOf(nearestNeighbour(train)),
    bestCopy: closed
      ? null
      : mean((row) => Math.max(...piecesOf(row.input).map((piece) => score(piece, [row.target])))),
  };
}

/** The best that a baseline reaches without the answer in hand. */
export const reach = (row: Baselines): number =>
  Math.max(row.constant, row.naiveBayes ?? 0, row.logisticRegression ?? 0, row.nearestNeighbour ?? 0);
