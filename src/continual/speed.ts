/** How fast a task is learnt, read off its evaluation curve, and how much faster it is learnt again. */
import type { CurvePoint, EvaluationPoint, LearningSpeed, RunResult, Savings } from '../run/result';

/** The share of a stage's gain that counts as having learnt. */
const MOST = 0.9;

interface Place {
  step: number;
  value: number;
}

/** A curve in the order of its steps, counted from its beginning; better is always higher. */
function rising(points: readonly CurvePoint[], from: number, falls: boolean): Place[] {
  return points
    .map(({ step, score }) => ({ step: step - from, value: falls ? -score.value : score.value }))
    .sort((a, b) => a.step - b.step);
}

/** The first step, between points by a straight line, at which the curve is as high as that; null if never. */
function firstReached(curve: readonly Place[], height: number): number | null {
  for (let i = 0; i < curve.length; i++) {
    const here = curve[i] as Place;
    if (here.value < height) continue;
    const before = curve[i - 1];
    if (!before) return here.step;
    return before.step + ((here.step - before.step) * (height - before.value)) / (here.value - before.value);
  }
  return null;
}

/** The mean height over the steps, by trapezoids. */
function area(curve: readonly Place[]): number {
  let sum = 0;
  for (let i = 1; i < curve.length; i++) {
    const [a, b] = [curve[i - 1] as Place, curve[i] as Place];
    sum += ((a.value + b.value) / 2) * (b.step - a.step);
  }
  const [first, last] = [curve[0] as Place, curve.at(-1) as Place];
  return sum / (last.step - first.step);
}

/** The height at which most of what a curve gains is there; null when it gains nothing. */
function criterionOf(curve: readonly Place[]): number | null {
  const start = curve[0]?.value ?? 0;
  const gain = Math.max(...curve.map((place) => place.value)) - start;
  return gain > 0 ? start + MOST * gain : null;
}

type Band = RunResult['bands'][number];

const ownCurve = (points: readonly EvaluationPoint[], band: Band, falls: boolean): Place[] =>
  rising(
    points.filter((p) => p.task === band.task && p.step >= band.from && p.step <= band.to),
    band.from,
    falls,
  );

/**
 * The area under a task's own curve over its stage, and the steps until most of the gain was there.
 * @param falls the score is a loss, for which less is better
 * @returns null with fewer than two points
 * @see Chaudhry et al. 2019 for the area under the learning curve
 */
export function learningSpeed(
  points: readonly EvaluationPoint[],
  band: Band,
  falls: boolean,
): LearningSpeed | null {
  const curve = ownCurve(points, band, falls);
  if (curve.length < 2) return null;
  const criterion = criterionOf(curve);
  return {
    task: band.task,
    area: falls ? -area(curve) : area(curve),
    stepsToMostGain: criterion === null ? null : firstReached(curve, criterion),
  };
}

/**
 * Savings: steps to come back to most of the first gain, against the steps of the first time.
 * @param again the curve of learning it again, steps counted from 0
 * @returns null when nothing was gained the first time, or the first point was there already
 * @see Ebbinghaus 1885
 */
export function savings(
  points: readonly EvaluationPoint[],
  band: Band,
  again: readonly CurvePoint[],
  falls: boolean,
): Savings | null {
  const curve = ownCurve(points, band, falls);
  const criterion = curve.length < 2 ? null : criterionOf(curve);
  const firstSteps = criterion === null ? null : firstReached(curve, criterion);
  if (criterion === null || firstSteps === null || firstSteps === 0) return null;
  const againSteps = firstReached(rising(again, 0, falls), criterion);
  return {
    task: band.task,
    criterion: falls ? -criterion : criterion,
    firstSteps,
    againSteps,
    percent: againSteps === null ? null : 100 * (1 - againSteps / firstSteps),
  };
}
