/** What an evaluation leaves in the record beside its score: row by row, apart from how it was said, and lost. */
import { packBits, packCodes, packFloats, unpackBits, type Outcomes, type TestRows } from '../run/outcomes';
import type { KnowledgeScore, LostExample, MatrixRow } from '../run/result';
import type { Evaluated } from './evaluate';
import type { PreparedTask } from './prepare';
import { isAllOrNothing, normaliseAnswer, wilson } from './scores';

/** Every label of every task, in one order: what the codes of outcomes count. */
export function labelsOf(tasks: readonly PreparedTask[]): string[] {
  return [...new Set(tasks.flatMap((task) => [...(task.labels ?? [])]))].sort();
}

/** From a text to its code: its place in the labels, counted from 1, or 0. */
type CodeOf = (text: string) => number;

function coder(labels: readonly string[]): CodeOf {
  const codes = new Map(labels.map((label, i) => [label, i + 1]));
  return (text) => codes.get(normaliseAnswer(text)) ?? 0;
}

export function testRowsOf(tasks: readonly PreparedTask[], labels: readonly string[]): TestRows[] {
  const codeOf = coder(labels);
  return tasks.map((task) => ({
    task: task.id,
    n: task.test.length,
    of: task.testRows,
    references: packCodes(task.test.map((row) => codeOf(row.references[0] ?? ''))),
    labels: packCodes([...(task.labels ?? [])].map(codeOf).sort((a, b) => a - b)),
  }));
}

export function outcomesOf(task: PreparedTask, evaluated: Evaluated, labels: readonly string[]): Outcomes {
  const right = packBits(evaluated.right);
  if (task.metric === 'loss') return { right, nats: packFloats(evaluated.natsAToken) };
  const codeOf = coder(labels);
  const codes = evaluated.answers.map((answer) => codeOf(answer ?? ''));
  const others = [...evaluated.answers.keys()].filter(
    (row) => row <= 0xffff && evaluated.answers[row] !== labels[(codes[row] ?? 0) - 1],
  );
  return {
    right,
    answers: packCodes(codes),
    written: { rows: packCodes(others), texts: others.map((row) => evaluated.answers[row] ?? '') },
    ...(isAllOrNothing(task.metric)
      ? {}
      : { points: packCodes(evaluated.points.map((points) => Math.round(100 * points))) }),
  };
}

/** Null where nothing was asked. */
export function knowledgeScore({ knowledge, right }: Evaluated): KnowledgeScore | null {
  if (!knowledge) return null;
  const { known, labels } = knowledge;
  const score = wilson(known.filter(Boolean).length, known.length);
  const said = right.slice(0, known.length).filter(Boolean).length;
  return { score, formatLoss: score.value - (100 * said) / known.length, labels };
}

/**
 * Rows that were right when the task had been learnt and are wrong now, the first few.
 * @param before the row of the matrix after the task's own stage, or row 0 for a watched task
 */
export function lostExamples(
  before: MatrixRow,
  task: PreparedTask,
  evaluated: Evaluated,
  stage: number,
  most: number,
): LostExample[] {
  const packed = before.scores.find((score) => score.task === task.id)?.outcomes?.right;
  if (packed === undefined || task.metric === 'loss') return [];
  const was = unpackBits(packed, task.test.length);
  const lost = task.test.flatMap((row, i) => {
    if (!was[i] || evaluated.right[i]) return [];
    const answer = evaluated.answers[i] ?? '';
    return [{ task: task.id, stage, prompt: row.prompt, reference: row.references[0] ?? '', answer }];
  });
  return lost.slice(0, most);
}
