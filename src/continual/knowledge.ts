/**
 * What a model knows apart from how it answers: a model that has learnt another task's labels may still find the
 * right one of its own likelier than the rest. Labels are compared by their log-likelihood a token.
 */
import { shuffled } from '../engine/random';
import { collate } from '../engine/text/batches';
import { batchesByLength } from './batching';
import type { Answering } from './learner';
import { EVALUATION_SEED } from './order';
import type { Candidate, EvaluationRow, PreparedTask } from './prepare';
import { normaliseAnswer } from './scores';

export interface KnowledgeSettings {
  /** Rows asked, the first of those given; 0 for none. */
  examples: number;
  /** Labels compared for each row; a task with more is asked about the right one and a draw of the others. */
  labels: number;
}

export interface Knowledge {
  /** For each row asked, whether the right label was the likeliest. */
  known: boolean[];
  labels: { compared: number; all: number };
}

/** How far the comparison has come; JSON. */
export interface KnowledgeSoFar {
  batches: number;
  /** The likeliest label of each row so far, and its nats a token; null before the first. */
  best: ({ nats: number; label: string } | null)[];
}

/** The labels compared for a row: those that are right, then others, drawn alike at every stage of every run. */
export function compared(
  candidates: readonly Candidate[],
  right: ReadonlySet<string>,
  row: number,
  most: number,
): Candidate[] {
  if (candidates.length <= most) return [...candidates];
  const kept = new Set(candidates.filter(({ label }) => right.has(label)));
  const wrong = candidates.filter((candidate) => !kept.has(candidate));
  const room = Math.max(1, most - kept.size);
  for (const i of shuffled(wrong.length, EVALUATION_SEED, row).subarray(0, room))
    kept.add(wrong[i] as Candidate);
  // In their common order, so that a tie does not go to the right one.
  return candidates.filter((candidate) => kept.has(candidate));
}

/**
 * Scores labels in batches through `rowLosses`: `examples` × `labels` teacher-forced rows at most.
 * @param breathe called between batches; may wait, and throws to break off
 * @param soFar goes on from there, and is brought up to date batch by batch
 * @returns null for a task without a label set, or when no row is asked
 */
export async function labelKnowledge(
  learner: Answering,
  task: PreparedTask,
  rows: readonly EvaluationRow[],
  settings: KnowledgeSettings,
  batchSize: number,
  breathe: () => Promise<void>,
  soFar: KnowledgeSoFar = { batches: 0, best: [] },
): Promise<Knowledge | null> {
  const asked = rows.slice(0, settings.examples);
  if (task.candidates.length < 2 || asked.length === 0) return null;
  const right = asked.map((row) => new Set(row.references.map(normaliseAnswer)));
  const pairs = asked.flatMap((row, i) =>
    compared(task.candidates, right[i] ?? new Set(), i, settings.labels).map(({ label, ids }) => ({
      row: i,
      label,
      tokens: { source: row.tokens.source, target: ids },
    })),
  );
  const { best } = soFar;
  for (const batch of batchesByLength(pairs, batchSize).slice(soFar.batches)) {
    await breathe();
    const members = batch.map((i) => pairs[i] as (typeof pairs)[number]);
    const losses = await learner.rowLosses(collate(members.map((pair) => pair.tokens)));
    members.forEach(({ row, label }, k) => {
      const nats = (losses.nats[k] ?? NaN) / Math.max(1, losses.tokens[k] ?? 0);
      if (nats < (best[row]?.nats ?? Infinity)) best[row] = { nats, label };
    });
    soFar.batches++;
  }
  return {
    known: asked.map((_, i) => right[i]?.has(best[i]?.label ?? '') ?? false),
    labels: { compared: Math.min(settings.labels, task.candidates.length), all: task.candidates.length },
  };
}
