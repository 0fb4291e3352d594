/** The run that the page shows while it goes on: the record plus every event since. */
import { settled } from '../../run/live';
import type { MatrixRow, RunResult } from '../../run/result';
import type { Event } from '../../worker/protocol';

type RunEvent = Extract<Event, { runId: string }>;

/** The record after an event; the same object when the event changes nothing or belongs to another run. */
export function applyEvent(result: RunResult, event: Event): RunResult {
  if (!('runId' in event) || event.runId !== result.id) return result;
  return applyOwn(result, event);
}

function applyOwn(result: RunResult, event: RunEvent): RunResult {
  switch (event.type) {
    case 'device':
      return { ...result, device: event.device, parameters: event.parameters };
    case 'planned': {
      const { totalSteps, bands, truncated, labels, testRows } = event;
      return { ...result, totalSteps, bands, truncated, labels, testRows };
    }
    case 'progress': {
      const { phase, step, totalSteps } = event.progress;
      const status = phase === 'paused' ? 'paused' : 'running';
      if (result.status === status && result.step === step && result.totalSteps === totalSteps) return result;
      const { error, ...rest } = result;
      // What the run rested for is over once it goes on.
      return {
        ...rest,
        status,
        step,
        totalSteps,
        ...(status === 'paused' && error !== undefined && { error }),
      };
    }
    case 'losses':
      // A run taken up again from a checkpoint repeats steps; the later reading counts.
      return { ...result, losses: [...result.losses.slice(0, event.from), ...event.values] };
    case 'evaluations': {
      const again = (task: string, step: number) =>
        event.points.some((p) => p.task === task && p.step === step);
      const kept = result.evaluations.filter((p) => !again(p.task, p.step));
      return { ...result, evaluations: [...kept, ...event.points] };
    }
    case 'row':
      return {
        ...result,
        matrix: withRow(result.matrix, event.row),
        metrics: event.metrics,
        samples: event.samples,
        lost: event.lost,
        timings: event.timings,
      };
    case 'ended':
      return event.result;
    case 'trouble':
      return { ...result, status: 'paused', error: event.message };
    case 'stalled':
    case 'checkpoint':
      return result;
  }
}

function withRow(matrix: MatrixRow[], row: MatrixRow): MatrixRow[] {
  return [...matrix.filter((r) => r.stage !== row.stage), row].sort((a, b) => a.stage - b.stage);
}

/** True while the worker holds the run. */
export function isGoing(result: RunResult): boolean {
  return result.status === 'running' || result.status === 'paused';
}

/** True when a run that is not going can be taken up again. */
export function canResume(result: RunResult): boolean {
  return result.status === 'interrupted' || result.status === 'stopped' || result.status === 'failed';
}

/** Records as found in the store, with the status that is true now. */
export function settledAll(results: RunResult[], held: Iterable<string>): RunResult[] {
  const ids = new Set(held);
  return results.map((result) => settled(result, ids));
}
