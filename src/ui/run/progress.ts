/** What a run is doing, in words: for the bar, and for those who listen to the page. */
import type { RunResult, RunStatus } from '../../run/result';
import type { Event, Phase, Progress } from '../../worker/protocol';
import { count, fixed, timeLeft } from '../format';
import { spoken } from '../spoken.svelte';
import { headline } from './headline';
import { tasksOf } from './names';

const PHASES: Record<Phase, string> = {
  loading: 'Loading the model',
  compiling: 'Compiling',
  scoring: 'Scoring',
  training: 'Training',
  relearning: 'Training again',
  paused: 'Paused',
  saving: 'Saving a checkpoint',
};

export interface ProgressView {
  phase: string;
  /** `step 132 of 400`, `3.1 steps/s`, `about 2 min left`: those that are known. */
  facts: string[];
  /** 0..1 of the whole plan's steps, and of the phase itself where known. */
  done: number;
  phaseDone: number | null;
}

export function progressView(progress: Progress): ProgressView {
  const { phase, step, totalSteps, stepsPerSecond, secondsLeft, detail, share } = progress;
  // Before the tasks are read nobody knows how long the plan is.
  const facts = totalSteps > 0 ? [`step ${count(step)} of ${count(totalSteps)}`] : [];
  if (stepsPerSecond !== null && (phase === 'training' || phase === 'relearning'))
    facts.push(speed(stepsPerSecond));
  if (secondsLeft !== null && phase !== 'paused') facts.push(timeLeft(secondsLeft));
  return {
    phase:
      detail && phase !== 'paused'
        ? `${PHASES[phase]}: ${phase === 'compiling' ? spoken(detail) : detail}`
        : PHASES[phase],
    facts,
    done: totalSteps > 0 ? Math.min(1, step / totalSteps) : 0,
    phaseDone: share ?? null,
  };
}

/** Slow machines count seconds a step, fast ones steps a second. */
function speed(stepsPerSecond: number): string {
  if (stepsPerSecond >= 0.95) return `${fixed(stepsPerSecond, 1)} steps/s`;
  return stepsPerSecond > 0 ? `${fixed(1 / stepsPerSecond, 1)} s/step` : 'no step yet';
}

/** How a run came to its present state. */
export const STATUS_TURNS: Record<RunStatus, string> = {
  running: 'The run goes on',
  paused: 'The run is paused',
  interrupted: 'The run was broken off',
  stopped: 'The run is stopped',
  failed: 'The run failed',
  finished: 'The run is finished',
};

/** A sentence for `aria-live` at the turns of a run, null between them. `before` is the record without the event. */
export function announcement(before: RunResult, event: Event): string | null {
  if (!('runId' in event) || event.runId !== before.id) return null;
  if (event.type === 'row') {
    const { stage } = event.row;
    const name = tasksOf(before.config).find((t) => t.stage === stage)?.name;
    return stage === 0 || name === undefined
      ? 'Every task is scored; training begins.'
      : `Stage ${stage}, ${name}, is done and every task is scored.`;
  }
  if (event.type === 'progress') {
    const paused = event.progress.phase === 'paused';
    if (paused && before.status !== 'paused') return `Paused at step ${count(event.progress.step)}.`;
    if (!paused && before.status === 'paused') return 'The run goes on.';
  }
  if (event.type === 'ended') {
    const turn = STATUS_TURNS[event.status];
    if (event.error !== undefined) return `${turn}: ${spoken(event.error)}`;
    const line = headline(event.result)?.text;
    return line ? `${turn}. ${line}` : `${turn}.`;
  }
  return null;
}
