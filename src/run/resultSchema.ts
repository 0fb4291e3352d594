/**
 * What a RunResult must be for the page to show it: results come from other browsers and from the PyTorch program, so
 * a file is checked before it is kept.
 */
import * as v from 'valibot';
import { MetricName, RunConfig, type ConfigProblem } from './config';
import type { RunResult } from './result';

/** Parts that the schema of a study shares. */
export const finite = v.pipe(v.number(), v.finite());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9));
export const words = (most: number) => v.pipe(v.string(), v.maxLength(most));
export const list = <Item extends v.GenericSchema>(item: Item, most = 1_000_000) =>
  v.pipe(v.array(item), v.maxLength(most));
const base64 = v.pipe(words(10_000_000), v.regex(/^[A-Za-z0-9+/]*={0,2}$/, 'expected base64'));
export const date = v.pipe(
  words(40),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'expected a date'),
);
const task = words(200);

export const Device = v.object({
  backend: v.picklist(['webgpu', 'wasm', 'pytorch']),
  description: words(1000),
  software: v.boolean(),
  threads: count,
  userAgent: words(1000),
});

export const Score = v.object({ value: finite, low: finite, high: finite, n: count });
const point = { step: count, score: Score, loss: finite };
export const Outcomes = v.object({
  right: base64,
  points: v.optional(base64),
  nats: v.optional(base64),
  answers: v.optional(base64),
  written: v.optional(v.object({ rows: base64, texts: list(words(100_000), 65_536) })),
});
const TestScore = v.object({
  task,
  metric: MetricName,
  score: Score,
  loss: finite,
  insideLabelSet: v.optional(finite),
  knowledge: v.optional(
    v.object({ score: Score, formatLoss: finite, labels: v.object({ compared: count, all: count }) }),
  ),
  outcomes: v.optional(Outcomes),
});
const Metrics = v.looseObject({
  averageAccuracy: v.nullable(finite),
  backwardTransfer: v.nullable(finite),
  forgetting: v.nullable(finite),
  watched: list(v.object({ task, change: finite }), 64),
  forwardTransfer: v.optional(v.nullable(finite)),
  retention: v.optional(v.nullable(finite)),
  curve: v.optional(list(v.object({ stage: count, averageAccuracy: v.nullable(finite) }), 65)),
  learning: v.optional(list(v.object({ task, area: finite, stepsToMostGain: v.nullable(finite) }), 64)),
  savings: v.optional(
    list(
      v.object({
        task,
        criterion: finite,
        firstSteps: finite,
        againSteps: v.nullable(finite),
        percent: v.nullable(finite),
      }),
      64,
    ),
  ),
});

/** Keys that are not named here are kept: a newer version of the page may know them. */
const Result = v.looseObject({
  version: v.literal(1),
  id: v.pipe(words(200), v.minLength(1)),
  name: words(500),
  status: v.picklist(['running', 'paused', 'interrupted', 'stopped', 'failed', 'finished']),
  error: v.optional(words(10_000)),
  createdAt: date,
  updatedAt: date,
  config: RunConfig,
  device: v.nullable(Device),
  parameters: v.pipe(v.number(), v.integer(), v.minValue(0)),
  memory: v.optional(words(1000)),
  step: count,
  totalSteps: count,
  bands: list(v.object({ stage: count, task, from: count, to: count }), 64),
  losses: list(finite),
  evaluations: list(v.object({ ...point, stage: count, task })),
  matrix: list(v.object({ stage: count, step: count, scores: list(TestScore, 64) }), 65),
  metrics: Metrics,
  samples: list(
    v.object({
      task,
      prompt: words(100_000),
      reference: words(100_000),
      answers: list(v.object({ stage: count, answer: words(100_000), right: v.boolean() }), 65),
    }),
    10_000,
  ),
  labels: v.optional(list(words(1000), 65_535)),
  testRows: v.optional(
    list(v.object({ task, n: count, of: count, references: base64, labels: v.optional(base64) }), 64),
  ),
  weightChanges: v.optional(
    list(
      v.object({
        stage: count,
        tensors: list(v.object({ name: words(500), change: finite, norm: finite }), 10_000),
      }),
      64,
    ),
  ),
  interpolations: v.optional(
    list(
      v.object({
        stage: count,
        points: list(
          v.object({ alpha: finite, scores: list(v.object({ task, score: Score, loss: finite }), 64) }),
          1000,
        ),
      }),
      64,
    ),
  ),
  lost: v.optional(
    list(
      v.object({
        task,
        stage: count,
        prompt: words(100_000),
        reference: words(100_000),
        answer: words(100_000),
      }),
      100_000,
    ),
  ),
  relearning: v.optional(list(v.object({ task, points: list(v.object(point)) }), 64)),
  timings: list(
    v.object({ stage: count, trainSeconds: finite, evaluationSeconds: finite, stepSeconds: finite }),
    65,
  ),
  cost: v.optional(
    v.looseObject({ trainedTokens: count, gradientTokens: count, forwardTokens: count, setBytes: finite }),
  ),
  annotation: v.optional(
    v.object({
      name: v.optional(words(200)),
      tags: v.optional(list(words(60), 50)),
      notes: v.optional(words(50_000)),
    }),
  ),
  truncated: list(v.object({ task, source: count, target: count, rows: count }), 64),
});

/** What is wrong in itself and no schema can say: the parts must be of one plan. */
function inconsistency(result: v.InferOutput<typeof Result>): ConfigProblem | null {
  const planned = [...result.config.plan.stages.map((stage) => stage.task), ...result.config.plan.watched];
  for (const [i, row] of result.matrix.entries()) {
    if (row.stage !== i)
      return { path: `matrix.${i}.stage`, message: `expected ${i}: rows are in order, the first is 0` };
    const missing = planned.find((id) => !row.scores.some((score) => score.task === id));
    if (missing !== undefined)
      return { path: `matrix.${i}.scores`, message: `no score of the task "${missing}"` };
  }
  if (result.bands.length > 0 && result.matrix.length > result.bands.length + 1)
    return {
      path: 'matrix',
      message: `${result.matrix.length} rows, but ${result.bands.length} stages; expected one more row than stages at most`,
    };
  if (result.losses.length > result.totalSteps)
    return { path: 'losses', message: `${result.losses.length} losses of ${result.totalSteps} steps` };
  return null;
}

/** Checks an unknown value; either the result or every problem with its path. */
export function parseRunResult(
  value: unknown,
): { ok: true; result: RunResult } | { ok: false; problems: ConfigProblem[] } {
  const parsed = v.safeParse(Result, value);
  if (!parsed.success)
    return {
      ok: false,
      problems: parsed.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message })),
    };
  const problem = inconsistency(parsed.output);
  if (problem) return { ok: false, problems: [problem] };
  return { ok: true, result: parsed.output as RunResult };
}
