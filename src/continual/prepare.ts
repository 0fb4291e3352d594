/** From worded examples to token ids: what a plan trains on and what it is scored on. */
import type { Example, TaskParts } from '../data/task';
import { truncate } from '../engine/text/batches';
import type { TokenizedExample } from '../engine/types';
import type { MetricName, RunConfig, TaskConfig } from '../run/config';
import type { RunResult } from '../run/result';
import type { TextCodec } from './learner';
import { evaluationSample } from './order';
import { normaliseAnswer } from './scores';

/** A row that is scored: its words, its references and its ids. */
export interface EvaluationRow {
  prompt: string;
  references: string[];
  tokens: TokenizedExample;
}

/** A label as `normaliseAnswer` gives it, and the ids of how it is most often written. */
export interface Candidate {
  label: string;
  ids: number[];
}

export interface PreparedTask {
  id: string;
  name: string;
  metric: MetricName;
  /** Empty for a task that no stage trains. */
  train: TokenizedExample[];
  /** The fixed samples behind the curve and behind R. */
  validation: EvaluationRow[];
  test: EvaluationRow[];
  /** Rows of the test part that `test` is a sample of. */
  testRows: number;
  /** Every answer of the task in the form of `normaliseAnswer`; null when answers are free text. */
  labels: ReadonlySet<string> | null;
  /** The same labels as the task writes them, in ids, for comparing their likelihoods; empty for free text. */
  candidates: readonly Candidate[];
  truncated: RunResult['truncated'][number];
}

/** More kinds of answers than this, or fewer than two rows to each, is free text and no label set. */
const MOST_LABELS = 200;

/** The labels of a task that is scored by exact match and has a small closed set of answers. */
export function labelSet(metric: MetricName, parts: TaskParts): ReadonlySet<string> | null {
  if (metric !== 'exact-match') return null;
  const examples = [...parts.train, ...parts.validation, ...parts.test];
  const labels = new Set<string>();
  for (const example of examples) {
    for (const reference of referencesOf(example)) labels.add(normaliseAnswer(reference));
    if (labels.size > MOST_LABELS) return null;
  }
  return 2 * labels.size <= examples.length ? labels : null;
}

/** Each label as its task writes it most often; of equals the one that comes first. */
function candidatesOf(
  labels: ReadonlySet<string> | null,
  parts: TaskParts,
  encode: (text: string) => number[],
): Candidate[] {
  if (!labels) return [];
  const written = new Map<string, number>();
  for (const example of [...parts.train, ...parts.validation, ...parts.test])
    for (const text of referencesOf(example)) written.set(text, (written.get(text) ?? 0) + 1);
  const best = new Map<string, string>();
  for (const [text, count] of written) {
    const label = normaliseAnswer(text);
    const known = best.get(label);
    if (known === undefined || count > (written.get(known) ?? 0)) best.set(label, text);
  }
  return [...best].map(([label, text]) => ({ label, ids: encode(text) }));
}

const referencesOf = (example: Example): string[] =>
  example.targets && example.targets.length > 0 ? example.targets : [example.target];

/** Rows tokenised between two turns of the event loop. */
const ROWS_A_TURN = 200;

/**
 * Tokenises what the run will read of a task and counts what the token limits cut.
 * @param trained whether a stage or a method trains on it
 * @param breathe called now and then so that messages get through
 * @throws Error naming the task when a part that the run needs is empty
 */
export async function prepareTask(
  task: TaskConfig,
  parts: TaskParts,
  codec: TextCodec,
  config: RunConfig,
  trained: boolean,
  breathe: () => Promise<void>,
): Promise<PreparedTask> {
  const need = { train: trained, validation: true, test: true };
  for (const part of ['train', 'validation', 'test'] as const) {
    if (need[part] && parts[part].length === 0) {
      throw new Error(`The task "${task.name}" has no ${part} rows; its split must leave at least one.`);
    }
  }
  const cut = { source: 0, target: 0, rows: 0 };
  let turn = 0;
  const tokenise = async (example: Example): Promise<TokenizedExample> => {
    if (++turn % ROWS_A_TURN === 0) await breathe();
    const source = codec.encode(example.input);
    const target = codec.encode(example.target);
    const longSource = source.length > config.maxSourceTokens;
    const longTarget = target.length > config.maxTargetTokens;
    if (longSource) cut.source++;
    if (longTarget) cut.target++;
    if (longSource || longTarget) cut.rows++;
    return {
      source: truncate(source, config.maxSourceTokens),
      target: truncate(target, config.maxTargetTokens),
    };
  };
  const scored = async (examples: Example[]): Promise<EvaluationRow[]> => {
    const rows: EvaluationRow[] = [];
    for (const example of examples) {
      rows.push({
        prompt: example.input,
        references: referencesOf(example),
        tokens: await tokenise(example),
      });
    }
    return rows;
  };
  const train: TokenizedExample[] = [];
  if (trained) for (const example of parts.train) train.push(await tokenise(example));
  const { examples, testExamples } = config.evaluation;
  const validation = await scored(evaluationSample(parts.validation, examples));
  const test = await scored(evaluationSample(parts.test, testExamples));
  const labels = labelSet(task.metric, parts);
  return {
    id: task.id,
    name: task.name,
    metric: task.metric,
    train,
    validation,
    test,
    testRows: parts.test.length,
    labels,
    candidates: candidatesOf(labels, parts, (text) => truncate(codec.encode(text), config.maxTargetTokens)),
    truncated: { task: task.id, ...cut },
  };
}
