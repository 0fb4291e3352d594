/** A result made small: all that lessons and pictures of a class show, and rows enough to compare runs on. */
import type { RunResult, Score } from '../result';

const LOST = 6;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

const score = ({ value, low, high, n }: Score): Score => ({
  value: round(value, 2),
  low: round(low, 2),
  high: round(high, 2),
  n,
});

/**
 * The same result with rounded figures, few samples and few lost examples; test rows keep their outcomes.
 * @param samples prompts of each task whose answers stay
 */
export function trimmed(result: RunResult, samples = 2): RunResult {
  const first = <Item extends { task: string }>(items: readonly Item[], most: number): Item[] => {
    const seen = new Map<string, number>();
    return items.filter(({ task }) => {
      const before = seen.get(task) ?? 0;
      seen.set(task, before + 1);
      return before < most;
    });
  };
  return {
    ...result,
    device: result.device && { ...result.device, userAgent: '' },
    losses: result.losses.map((loss) => round(loss, 3)),
    evaluations: result.evaluations.map((e) => ({ ...e, score: score(e.score), loss: round(e.loss, 3) })),
    matrix: result.matrix.map((row) => ({
      ...row,
      scores: row.scores.map((s) => ({ ...s, score: score(s.score), loss: round(s.loss, 3) })),
    })),
    samples: first(result.samples, samples),
    ...(result.lost && { lost: first(result.lost, LOST) }),
    ...(result.interpolations && {
      interpolations: result.interpolations.map((line) => ({
        ...line,
        points: line.points.map((point) => ({
          ...point,
          scores: point.scores.map((s) => ({ ...s, score: score(s.score), loss: round(s.loss, 3) })),
        })),
      })),
    }),
    timings: result.timings.map((t) => ({
      stage: t.stage,
      trainSeconds: round(t.trainSeconds, 1),
      evaluationSeconds: round(t.evaluationSeconds, 1),
      stepSeconds: round(t.stepSeconds, 3),
    })),
  };
}
