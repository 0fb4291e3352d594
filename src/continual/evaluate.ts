/** Scores a task on fixed rows: the teacher-forced loss, and its own metric on generated answers. */
import { collate } from '../engine/text/batches';
import type { GenerationSettings, RowLosses } from '../engine/types';
import type { Score } from '../run/result';
import { batchesByLength } from './batching';
import { labelKnowledge, type Knowledge, type KnowledgeSettings, type KnowledgeSoFar } from './knowledge';
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
  /** Each answer's own score, 0 to 100. */
  points: number[];
  /** Each row's loss, nats a token. */
  natsAToken: Float64Array;
  knowledge: Knowledge | null;
}

/** What is asked of the rows beside their score. */
export interface Asked {
  /** How many of the first rows need an answer even when the metric reads none. */
  samples: number;
  knowledge: KnowledgeSettings;
}

export interface EvaluationWork {
  /** Called between batches; may wait, and throws to break off. */
  breathe(): Promise<void>;
  /** Rows scored so far, and of those the ones since the last word. */
  progress(done: number, since: number): void;
}

/** The rows of a task that are scored so far; JSON, so that an evaluation goes on where it was broken off. */
export interface RowsScored {
  batches: number;
  knowledge: KnowledgeSoFar;
  /** By row: summed nats and tokens of the references, and the answer. */
  nats: number[];
  tokens: number[];
  answers: (string | null)[];
}

export const noRowsScored = (rows: number): RowsScored => ({
  batches: 0,
  knowledge: { batches: 0, best: [] },
  nats: Array<number>(rows).fill(0),
  tokens: Array<number>(rows).fill(0),
  answers: Array<string | null>(rows).fill(null),
});

/**
 * @param rows at least one
 * @param scored goes on from there, and is brought up to date batch by batch
 */
export async function evaluateTask(
  learner: Learner,
  codec: TextCodec,
  task: PreparedTask,
  rows: readonly EvaluationRow[],
  settings: EvaluationSettings,
  asked: Asked,
  work: EvaluationWork,
  scored: RowsScored = noRowsScored(rows.length),
): Promise<Evaluated> {
  const metric = answerMetric(task.metric);
  const generation: GenerationSettings = { maxNewTokens: settings.maxNewTokens, beams: settings.beams };
  const { nats, tokens, answers } = scored;
  const breathe = (): Promise<void> => work.breathe();
  const { batchSize } = settings;
  const answering = learner.answering?.(task.id) ?? learner;
  const knowledge = await labelKnowledge(
    answering,
    task,
    rows,
    asked.knowledge,
    batchSize,
    breathe,
    scored.knowledge,
  );
  const batches = batchesByLength(rows, batchSize);
  let done = batches.slice(0, scored.batches).reduce((sum, batch) => sum + batch.length, 0);
  for (const batch of batches.slice(scored.batches)) {
    await work.breathe();
    const whole = collate(batch.map((i) => (rows[i] as EvaluationRow).tokens));
    const generating = batch.filter((row) => metric !== null || row < asked.samples);
    const keep = (generated: number[][]): void =>
      generating.forEach((row, k) => (answers[row] = codec.decode(generated[k] ?? []).trim()));
    let losses: RowLosses;
    if (answering.answerAndScore && settings.beams === 1 && generating.length === batch.length) {
      const both = await answering.answerAndScore(whole, settings.maxNewTokens);
      ({ losses } = both);
      keep(both.answers);
    } else {
      losses = await answering.rowLosses(whole);
      if (generating.length > 0) {
        await work.breathe();
        const sources = generating.map((row) => (rows[row] as EvaluationRow).tokens.source);
        keep(await answering.generate(sources, generation));
      }
    }
    // After the last breath of the batch: a checkpoint has it as a whole or not at all.
    batch.forEach((row, k) => {
      nats[row] = losses.nats[k] ?? NaN;
      tokens[row] = losses.tokens[k] ?? 0;
    });
    scored.batches++;
    done += batch.length;
    work.progress(done, batch.length);
  }
  const summary = summarise(task, rows, answers, Float64Array.from(nats), Float64Array.from(tokens));
  return { ...summary, answers, knowledge };
}

function summarise(
  task: PreparedTask,
  rows: readonly EvaluationRow[],
  answers: readonly (string | null)[],
  nats: Float64Array,
  tokens: Float64Array,
): Omit<Evaluated, 'answers' | 'knowledge'> {
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
    points,
    natsAToken,
    ...(task.labels ? { insideLabelSet: shareInside(task.labels, answers) } : {}),
  };
}

function shareInside(labels: ReadonlySet<string>, answers: readonly (string | null)[]): number {
  const inside = answers.filter((answer) => answer !== null && labels.has(normaliseAnswer(answer)));
  return (100 * inside.length) / Math.max(1, answers.length);
}
