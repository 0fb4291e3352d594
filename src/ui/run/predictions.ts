/** Every answer of a run to its test rows, after every stage: as a table, and as JSON Lines. */
import type { Example } from '../../data/task';
import { answersOf, rowScores, unpackBits } from '../../run/outcomes';
import type { RunResult } from '../../run/result';
import { sheetOf } from '../../security/sheet';
import { tasksOf } from './names';

export interface Prediction {
  run: string;
  method: string;
  seed: number;
  /** Stages trained before it; 0 is the model as it was. */
  stage: number;
  step: number;
  task: string;
  metric: string;
  /** Among the task's test rows that are scored, from 1. */
  row: number;
  prompt: string;
  references: string[];
  /** Null where none was generated, or a record of an earlier version of the page has only labels. */
  answer: string | null;
  /** 0 to 100; of a task scored by its loss, nats a token. */
  score: number;
  right: boolean;
}

/**
 * @param examplesOf the test rows of a task that were scored, in their order
 * @throws Error when a task's data are not those of the run
 */
export async function predictionsOf(
  run: RunResult,
  examplesOf: (task: RunResult['config']['tasks'][number], count: number) => Promise<Example[]>,
): Promise<Prediction[]> {
  const examples = new Map<string, Example[]>();
  for (const { task, n } of run.testRows ?? []) {
    const config = run.config.tasks.find(({ id }) => id === task);
    if (!config) continue;
    const rows = await examplesOf(config, n);
    if (rows.length !== n)
      throw new Error(`the data of ${config.name} are not what they were when the run was made`);
    examples.set(task, rows);
  }
  const names = new Map(tasksOf(run.config).map(({ id, name }) => [id, name]));
  return run.matrix.flatMap(({ stage, step, scores }) =>
    scores.flatMap(({ task, metric, outcomes }) => {
      const rows = examples.get(task);
      if (!rows || !outcomes) return [];
      const answers = answersOf(outcomes, rows.length, run.labels ?? []);
      const points = rowScores(outcomes, rows.length);
      const right = unpackBits(outcomes.right, rows.length);
      return rows.map(({ input, target, targets }, i) => ({
        run: run.name,
        method: run.config.method.name,
        seed: run.config.seed,
        stage,
        step,
        task: names.get(task) ?? task,
        metric,
        row: i + 1,
        prompt: input,
        references: targets ?? [target],
        answer: answers[i] ?? null,
        score: points[i] ?? 0,
        right: right[i] ?? false,
      }));
    }),
  );
}

/**
 * References that are several stand in their cell as a JSON list. What a spreadsheet would take for a formula begins
 * with an apostrophe.
 */
export function predictionsCsv(predictions: readonly Prediction[]): string {
  return sheetOf(
    predictions.map(({ references, answer, ...rest }) => ({
      ...rest,
      references: references.length === 1 ? references[0] : JSON.stringify(references),
      answer: answer ?? '',
    })),
    [
      'run',
      'method',
      'seed',
      'stage',
      'step',
      'task',
      'metric',
      'row',
      'prompt',
      'references',
      'answer',
      'score',
      'right',
    ],
  );
}

export const predictionsJsonl = (predictions: readonly Prediction[]): string =>
  predictions.map((prediction) => `${JSON.stringify(prediction)}\n`).join('');
