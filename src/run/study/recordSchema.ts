/**
 * What a StudyRecord must be for the page to show it and to go on with it: a study comes back from another browser, or
 * from the lab, as a file.
 */
import * as v from 'valibot';
import type { ConfigProblem } from '../config';
import { Method } from '../methods';
import { count, date, Device, finite, list, Outcomes, Score, words } from '../resultSchema';
import { StudyConfig } from './config';
import type { StudyRecord } from './queue';

const id = v.pipe(words(300), v.minLength(1));
const measure = v.nullable(finite);

const CellResult = v.looseObject({
  version: v.literal(1),
  id,
  key: words(64),
  kind: v.picklist(['trial', 'run']),
  method: words(200),
  trial: count,
  status: v.picklist(['finished', 'failed']),
  error: v.optional(words(10_000)),
  seed: finite,
  learningRate: finite,
  settings: Method,
  finishedAt: date,
  device: v.nullable(Device),
  parameters: count,
  memoryBytes: v.optional(finite),
  steps: count,
  trainSeconds: finite,
  evaluationSeconds: finite,
  stepSeconds: finite,
  cost: v.looseObject({
    trainedTokens: finite,
    gradientTokens: finite,
    forwardTokens: finite,
    setBytes: finite,
  }),
  validation: measure,
  validationLoss: v.optional(finite),
  metrics: v.looseObject({
    averageAccuracy: measure,
    backwardTransfer: measure,
    forgetting: measure,
    watched: list(v.object({ task: words(200), change: finite }), 64),
    forwardTransfer: v.optional(measure),
    retention: v.optional(measure),
  }),
  matrix: list(
    v.object({
      stage: count,
      scores: list(
        v.object({ task: words(200), score: Score, loss: finite, outcomes: v.optional(Outcomes) }),
        64,
      ),
    }),
    65,
  ),
});

const Record = v.looseObject({
  version: v.literal(1),
  id,
  name: words(500),
  status: v.picklist(['running', 'interrupted', 'finished']),
  createdAt: date,
  updatedAt: date,
  study: StudyConfig,
  stamp: words(200),
  cells: list(CellResult, 10_000),
});

/** Checks an unknown value; either the study with what is done of it, or every problem with its path. */
export function parseStudyRecord(
  value: unknown,
): { ok: true; record: StudyRecord } | { ok: false; problems: ConfigProblem[] } {
  const parsed = v.safeParse(Record, value);
  // The schema says less than the type where a later version of the page may add to it.
  if (parsed.success) return { ok: true, record: parsed.output as StudyRecord };
  return {
    ok: false,
    problems: parsed.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message })),
  };
}
