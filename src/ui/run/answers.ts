/** The same prompts before and after: which answers a task lost, kept or won. */
import type { RunResult, Sample } from '../../run/result';
import { BEFORE, tasksOf, type TaskInRun } from './names';

export type Fate = 'lost' | 'kept' | 'won' | 'never' | 'open';

export interface AnswerRow {
  prompt: string;
  reference: string;
  /** One for each stage that has answered, in order. */
  answers: { stage: number; answer: string; right: boolean }[];
  fate: Fate;
}

export interface AnswerGroup {
  task: TaskInRun;
  stages: { stage: number; label: string }[];
  rows: AnswerRow[];
}

// @wc-include
export const FATES: Record<Fate, string> = {
  lost: 'lost',
  kept: 'kept',
  won: 'won',
  never: 'never right',
  open: 'still open',
};

/** Lost ones first: they are what a person looks for. */
export function answerGroups(result: RunResult): AnswerGroup[] {
  const tasks = tasksOf(result.config);
  const label = (stage: number) =>
    stage === 0 ? BEFORE : `after ${tasks.find((t) => t.stage === stage)?.name ?? `stage ${stage}`}`;
  const order: Fate[] = ['lost', 'won', 'kept', 'never', 'open'];
  return tasks.flatMap((task) => {
    const samples = result.samples.filter((s) => s.task === task.id);
    if (samples.length === 0) return [];
    const stages = [...new Set(samples.flatMap((s) => s.answers.map((a) => a.stage)))].sort((a, b) => a - b);
    const rows = samples.map((s) => ({
      prompt: s.prompt,
      reference: s.reference,
      answers: [...s.answers].sort((a, b) => a.stage - b.stage),
      fate: fateOf(s, task),
    }));
    rows.sort((a, b) => order.indexOf(a.fate) - order.indexOf(b.fate));
    return [{ task, stages: stages.map((stage) => ({ stage, label: label(stage) })), rows }];
  });
}

/** Lost: right once its task was learnt (or, if watched, before the run) and wrong in the end. */
function fateOf(sample: Sample, task: TaskInRun): Fate {
  const answers = [...sample.answers].sort((a, b) => a.stage - b.stage);
  const first = answers[0];
  const last = answers.at(-1);
  if (!first || !last || answers.length < 2) return 'open';
  const learnt = answers.filter((a) => a.stage >= (task.stage ?? 0));
  if (!last.right) return learnt.some((a) => a.right) ? 'lost' : 'never';
  return first.right ? 'kept' : 'won';
}
