/** What a pupil hands in: the line that they drew, and their runs. Files of a class make one picture. */
import * as v from 'valibot';
import type { ConfigProblem } from '../config';
import type { RunResult } from '../result';
import { parseRunResult } from '../resultSchema';

const finite = v.pipe(v.number(), v.finite());

export const Prediction = v.strictObject({
  /** The lesson's run and task that the line is of. */
  run: v.pipe(v.string(), v.maxLength(40)),
  task: v.pipe(v.string(), v.maxLength(64)),
  points: v.pipe(
    v.array(v.strictObject({ x: finite, y: v.pipe(finite, v.minValue(0), v.maxValue(100)) })),
    v.minLength(1),
    v.maxLength(200),
  ),
});
export type Prediction = v.InferOutput<typeof Prediction>;

const Shape = v.strictObject({
  kind: v.literal('lethe-hand-in'),
  version: v.literal(1),
  lesson: v.pipe(v.string(), v.maxLength(40)),
  name: v.pipe(v.string(), v.maxLength(60)),
  prediction: v.nullable(Prediction),
  /** By the lesson's names of runs. */
  runs: v.pipe(
    v.array(v.strictObject({ run: v.pipe(v.string(), v.maxLength(40)), result: v.unknown() })),
    v.maxLength(8),
  ),
});

export interface HandIn extends Omit<v.InferOutput<typeof Shape>, 'runs'> {
  runs: { run: string; result: RunResult }[];
}

/** Checks an unknown value; either what was handed in or every problem with its path. */
export function parseHandIn(
  value: unknown,
): { ok: true; handIn: HandIn } | { ok: false; problems: ConfigProblem[] } {
  const parsed = v.safeParse(Shape, value);
  if (!parsed.success)
    return {
      ok: false,
      problems: parsed.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message })),
    };
  const problems: ConfigProblem[] = [];
  const runs = parsed.output.runs.flatMap(({ run, result }, i) => {
    const checked = parseRunResult(result);
    if (checked.ok) return [{ run, result: checked.result }];
    problems.push(
      ...checked.problems.map((p) => ({ path: `runs.${i}.result.${p.path}`, message: p.message })),
    );
    return [];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, handIn: { ...parsed.output, runs } };
}
