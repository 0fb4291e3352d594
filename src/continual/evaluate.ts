/** Scores a task on fixed rows: the teacher-forced loss, and its own metric on generated answers. */
import { collate } from '../engine/text/batches';
import type { GenerationSettings } from '../engine/types';
import type { Score } from '../run/result';
import type { Learner, TextCodec } from './learner';
import type { EvaluationRow, PreparedTask } from './prepare';
import { answerMetric, bootstrap, exactMatch, isAllOrNothing, normaliseAnswer, wilson } from './scores';

export interface EvaluationSettings {
  batchSize: number;
  maxNewTokens: number;
  beams: number;
}

export interface Evaluated {
  score: Score;
  /** Mean loss, nats a target token. */
  loss: number;
  /** Share of answers, 0 to 100, that are one of the task's labels; absent for free text. */
  insideLabelSet?: number;
  /** The answer to each row, in the order of the rows; null where none was generated. */
  answers: (string | null)[];
  /** Whether each answer is right: an exact match, or at least half of the score where scores are graded. */
  right: boolean[];
}

export interface EvaluationWork {
  /** Called between batches; may wait, and throws to break off. */
  breathe(): Promise<void>;
  /** Rows scored so far. */
  progress(done: number): void;
}

/**
 * Row numbers in batches of similar length, longest first, so that little is padding and what needs most memory
 * comes first.
 */
export function batchesByLength(rows: readonly EvaluationRow[], batchSize: number): number[][] {
  const order = rows.map((_, i) => i);
  const length = (i: number): number => rows[i]?.tokens.source.length ?? 0;
  order.sort((a, b) => length(b) - length(a) || a - b);
  const batches: number[][] = [];
  for (let from = 0; from < order.length; from += batchSize)
    batches.push(order.slice(from, from + batchSize));
  return batches;
}

/**
 * @param rows at least one
 * @param samples how many of the first rows need an answer even when the metric reads none
 */
export async function evaluateTask(
  learner: Learner,
  codec: TextCodec,
  task: PreparedTask,
  rows: readonly EvaluationRow[],
  settings: EvaluationSettings,
  samples: number,
  work: EvaluationWork,
): Promise<Evaluated> {
  const metric = answerMetric(task.metric);
  const generation: GenerationSettings = { maxNewTokens: settings.maxNewTokens, beams: settings.beams };
  const nats = new Float64Array(rows.length);
  const tokens = new Float64Array(rows.length);
  const answers: (string | null)[] = rows.map(() => null);
  let done = 0;
  for (const batch of batchesByLength(rows, settings.batchSize)) {
    await work.breathe();
    const examples = batch.map((i) => (rows[i] as EvaluationRow).tokens);
    const losses = await learner.rowLosses(collate(examples));
    batch.forEach((row, k) => {
      nats[row] = losses.nats[k] ?? NaN;
      tokens[row] = losses.tokens[k] ?? 0;
    });
    const asked = batch.filter((row) => metric !== null || row < samples);
    if (asked.length > 0) {
      await work.breathe();
      const sources = asked.map((row) => (rows[row] as EvaluationRow).tokens.source);
      const generated = await learner.generate(sources, generation);
      asked.forEach((row, k) => (answers[row] = codec.decode(generated[k] ?? []).trim()));
    }
    done += batch.length;
    work.progress(done);
  }
  return { ...summarise(task, rows, answers, nats, tokens), answers };
}

function summarise(
  task: PreparedTask,
  rows: readonly EvaluationRow[],
  answers: readonly (string | null)[],
  nats: Float64Array,
  tokens: Float64Array,
): Omit<Evaluated, 'answers'> {
  const metric = answerMetric(task.metric) ?? exactMatch;
  const points = rows.map((row, i) => {
    const answer = answers[i];
    return answer === null || answer === undefined ? 0 : metric(answer, row.references);
  });
  const natsAToken = nats.map((sum, i) => sum / Math.max(1, tokens[i] ?? 0));
  const lossScore = (): Score => bootstrap(natsAToken, tokens);
  let score: Score;
  if (task.metric === 'loss') score = lossScore();
  else if (isAllOrNothing(task.metric)) score = wilson(points.filter((p) => p === 100).length, rows.length);
  else score = bootstrap(points);
  const totalTokens = tokens.reduce((sum, t) => sum + t, 0);
  const loss = nats.reduce((sum, n) => sum + n, 0) / Math.max(1, totalTokens);
  return {
    score,
    loss,
    right: points.map((p) => p >= 50),
    ...(task.labels ? { insideLabelSet: shareInside(task.labels, answers) } : {}),
  };
}

function shareInside(labels: ReadonlySet<string>, answers: readonly (string | null)[]): number {
  const inside = answers.filter((answer) => answer !== null && labels.has(normaliseAnswer(answer)));
  return (100 * inside.length) / Math.max(1, answers.length);
}
