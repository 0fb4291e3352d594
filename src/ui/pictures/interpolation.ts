/**
 * WiSE-FT: the scores of the models on the straight line between the weights before a stage and those after it.
 * @see Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"
 */
import type { Interpolation, RunResult } from '../../run/result';
import { PALETTE_SIZE, type PlotView } from '../charts/view';
import { fixed } from '../format';
import { stageName, tasksOf, type TaskInRun } from '../run/names';

/** Scores at one place between before (0) and after (1). */
export interface MixScores {
  alpha: number;
  /** Of the task that the stage trained. */
  fresh: number | null;
  /** Mean over the other tasks that are scored out of a hundred: those learnt earlier, and the watched. */
  others: number | null;
  tasks: { task: TaskInRun; value: number }[];
}

/** The tasks that a stage can do harm to: trained before it, or watched. */
function atRisk(run: RunResult, stage: number): TaskInRun[] {
  return tasksOf(run.config).filter((task) => task.stage === null || task.stage < stage);
}

export function mixes(run: RunResult, { stage, points }: Interpolation): MixScores[] {
  const own = tasksOf(run.config).filter((task) => task.stage === stage);
  const others = atRisk(run, stage);
  return [...points]
    .sort((a, b) => a.alpha - b.alpha)
    .map(({ alpha, scores }) => {
      const value = (task: TaskInRun) => scores.find((score) => score.task === task.id)?.score.value ?? NaN;
      const mean = (tasks: TaskInRun[]) => {
        const values = tasks.filter((task) => task.metric !== 'loss').map(value);
        return values.length === 0 ? null : values.reduce((sum, v) => sum + v, 0) / values.length;
      };
      return {
        alpha,
        fresh: mean(own),
        others: mean(others),
        tasks: [...others, ...own].map((task) => ({ task, value: value(task) })),
      };
    });
}

/** The measured mix with the best mean of the new task's score and that of the others. */
export function bestMix(scores: readonly MixScores[]): MixScores | null {
  const both = (s: MixScores) => (s.fresh === null || s.others === null ? -Infinity : s.fresh + s.others);
  const known = scores.filter((s) => both(s) > -Infinity);
  return known.length === 0 ? null : known.reduce((best, s) => (both(s) > both(best) ? s : best));
}

/**
 * A line a task by α.
 * @param chosen where the slider stands, which a ring marks on each line; null for none
 */
export function interpolationView(
  run: RunResult,
  { stage, points }: Interpolation,
  chosen: number | null,
): PlotView {
  const sorted = [...points].sort((a, b) => a.alpha - b.alpha);
  const tasks = tasksOf(run.config).filter(
    (task) => task.metric !== 'loss' && (task.stage === null || task.stage <= stage),
  );
  return {
    lines: tasks.map((task) => {
      const line = sorted.flatMap(({ alpha, scores }) => {
        const found = scores.find((score) => score.task === task.id)?.score;
        return found ? [{ x: alpha, y: found.value, low: found.low, high: found.high, n: found.n }] : [];
      });
      return {
        label: task.name,
        colour: task.colour % PALETTE_SIZE,
        dash: task.stage === null ? [6, 4] : [],
        points: line,
        learnt: line.find(({ x }) => x === chosen) ?? null,
        end: task.name,
      };
    }),
    bands: [],
    x: {
      title: 'α: 0 before the stage, 1 after it',
      min: 0,
      max: 1,
      digits: 2,
    },
    y: { title: 'score from 0 to 100', min: 0, max: 100, digits: 0 },
  };
}

/** `α 0.40: Tickets 81, the others 67 on average`. */
export function mixWords(run: RunResult, stage: number, mix: MixScores): string {
  const parts = [
    mix.fresh === null ? null : `${stageName(run.config, stage)} ${fixed(mix.fresh, 1)}`,
    mix.others === null ? null : `the others ${fixed(mix.others, 1)} on average`,
  ].filter((part) => part !== null);
  return `α ${fixed(mix.alpha, 2)}: ${parts.join(', ')}`;
}

/** Ends and middle first, so that the curve has its shape early. */
const COARSE = [0, 1, 0.5, 0.3, 0.7, 0.1, 0.9, 0.2, 0.8, 0.4, 0.6];

/** The mixes to score next: eleven at first, then those half way between them, then nothing. */
export function mixPlan(known: readonly number[]): number[] {
  const without = (alphas: number[]) => alphas.filter((alpha) => !known.includes(alpha));
  const coarse = without(COARSE);
  return coarse.length > 0 ? coarse : without(Array.from({ length: 10 }, (_, i) => (2 * i + 1) / 20));
}
