/** What a lesson's runs showed, read off their own figures, each with its interval and what it comes to. */
import type { Finding, Lesson } from '../../run/lesson';
import { rowScores } from '../../run/outcomes';
import type { RunResult, Score } from '../../run/result';
import { pairedBootstrap, type Estimated } from '../../run/statistics';
import { compact, fixed, signed } from '../format';
import { tasksOf } from '../run/names';
import { scoreAt } from '../run/headline';
import { mixesOf } from './lessonView';

/** `same` where the interval holds 0: the rows do not tell. */
export type Verdict = 'more' | 'less' | 'same';

export interface Found {
  id: string;
  verdict: Verdict | null;
  /** The figures in a sentence. */
  text: string;
  /** What the lesson says of this verdict. */
  says: string | null;
}

/** By run id, of those that may be seen. */
export type Results = Readonly<Record<string, RunResult>>;

/** Findings whose runs are there and have come to their end. */
export function findings(lesson: Lesson, results: Results, words: Lesson['words'][string]): Found[] {
  return lesson.findings.flatMap((finding) => {
    const found = worked(finding, lesson, results, words);
    if (!found) return [];
    const says = (found.verdict && words.says[finding.id]?.[found.verdict]) ?? null;
    return [{ id: finding.id, ...found, says }];
  });
}

type Worked = Pick<Found, 'verdict' | 'text'> | null;

function worked(finding: Finding, lesson: Lesson, results: Results, words: Lesson['words'][string]): Worked {
  if (finding.kind === 'cost') return cost(lesson, results, words);
  const result = ended(results[finding.run]);
  if (!result) return null;
  const name = words.runs[finding.run] ?? finding.run;
  switch (finding.kind) {
    case 'change':
      return change(result, finding.task, lesson.runs.length > 1 ? name : null);
    case 'mix':
      return mix(result, finding.task, finding.alpha);
    case 'against': {
      const other = ended(results[finding.other]);
      return (
        other && against(result, other, finding.task, [name, words.runs[finding.other] ?? finding.other])
      );
    }
  }
}

const ended = (result: RunResult | undefined): RunResult | null =>
  result?.status === 'finished' ? result : null;

/** A task from where it was learnt, or from before the run, to the end. */
function change(result: RunResult, id: string, run: string | null): Worked {
  const task = tasksOf(result.config).find((t) => t.id === id);
  const last = result.matrix.at(-1)?.stage ?? 0;
  // What is trained last has nothing to lose yet: its gain counts from before the run.
  const from = task?.stage && task.stage < last ? task.stage : 0;
  const [before, after] = [scoreAt(result, from, id), scoreAt(result, last, id)];
  if (!task || !before || !after) return null;
  const difference = paired(result, id, from, result, last);
  const since = from === 0 ? `before the run` : `when it had been learnt`;
  const whose = run === null ? task.name : `${task.name} (${run})`;
  const text = `${whose} stood at ${fixed(before.score.value, 1)} ${since}, at ${fixed(after.score.value, 1)} at the end. ${points(difference)}`;
  return { verdict: verdictOf(difference), text };
}

/** One task at the end of two runs. */
function against(a: RunResult, b: RunResult, id: string, [nameA, nameB]: [string, string]): Worked {
  const [lastA, lastB] = [a.matrix.at(-1)?.stage ?? 0, b.matrix.at(-1)?.stage ?? 0];
  const [scoreA, scoreB] = [scoreAt(a, lastA, id), scoreAt(b, lastB, id)];
  const task = tasksOf(a.config).find((t) => t.id === id);
  if (!task || !scoreA || !scoreB) return null;
  const difference = paired(b, id, lastB, a, lastA);
  const text = `${task.name} at the end: ${fixed(scoreA.score.value, 1)} (${nameA}), ${fixed(scoreB.score.value, 1)} (${nameB}). ${points(difference)}`;
  return { verdict: verdictOf(difference), text };
}

/** A task in a mix of the weights, beside the straight line between its two ends. */
function mix(result: RunResult, id: string, alpha: number): Worked {
  const at = (place: number): Score | undefined =>
    mixesOf(result)
      ?.points.find((point) => point.alpha === place)
      ?.scores.find((score) => score.task === id)?.score;
  const [before, there, after] = [at(0), at(alpha), at(1)];
  const task = tasksOf(result.config).find((t) => t.id === id);
  if (!task || !before || !there || !after) return null;
  const straight = before.value + alpha * (after.value - before.value);
  const text = `${task.name} at ${fixed(alpha, 1)}: ${fixed(there.value, 1)} (${fixed(there.low, 1)} to ${fixed(there.high, 1)}). Before ${fixed(before.value, 1)}, after ${fixed(after.value, 1)}; a straight line between them would give ${fixed(straight, 1)}.`;
  return { verdict: there.low > straight ? 'more' : there.high < straight ? 'less' : 'same', text };
}

function cost(lesson: Lesson, results: Results, words: Lesson['words'][string]): Worked {
  const parts = lesson.runs.flatMap(({ id }) => {
    const result = ended(results[id]);
    if (!result) return [];
    const moved = result.cost?.trainedParameters ?? result.parameters;
    const { trainedTokens = 0, forwardTokens = 0 } = result.cost ?? {};
    const read = forwardTokens > 0 ? `, read ${compact(forwardTokens)} more` : '';
    return [
      `${words.runs[id] ?? id} trained on ${compact(trainedTokens)} tokens${read} and moved ${compact(moved)} numbers`,
    ];
  });
  return parts.length === 0 ? null : { verdict: null, text: `${parts.join('; ')}.` };
}

/** The same rows after and before, or in one run and another; null where rows were not kept. */
function paired(
  before: RunResult,
  task: string,
  stageBefore: number,
  after: RunResult,
  stageAfter: number,
): Estimated | null {
  const rows = (result: RunResult, stage: number): number[] | null => {
    const outcomes = scoreAt(result, stage, task)?.outcomes;
    const n = result.testRows?.find((t) => t.task === task)?.n;
    return outcomes === undefined || n === undefined ? null : rowScores(outcomes, n);
  };
  const [b, a] = [rows(before, stageBefore), rows(after, stageAfter)];
  return !a || !b || a.length !== b.length ? null : pairedBootstrap([[{ a, b }]], { resamples: 1000 });
}

function points(difference: Estimated | null): string {
  if (!difference || difference.low === null || difference.high === null) return '';
  return `A difference of ${signed(difference.mean, 1)} points (${signed(difference.low, 1)} to ${signed(difference.high, 1)}).`;
}

function verdictOf(difference: Estimated | null): Verdict | null {
  if (!difference || difference.low === null || difference.high === null) return null;
  return difference.low > 0 ? 'more' : difference.high < 0 ? 'less' : 'same';
}
