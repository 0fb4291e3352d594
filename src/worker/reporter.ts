/** Turns what a run tells of itself into events for the page: losses gathered, progress not too often. */
import type { MeasuredWork, RunObserver, WorkLeft } from '../continual/observer';
import type { EvaluationPoint, MatrixRow, RunResult } from '../run/result';
import { Estimate } from './estimate';
import type { Event, Phase } from './protocol';

/** Milliseconds between two progress events of the same phase. */
const PROGRESS_MS = 100;

export class Reporter implements RunObserver {
  private readonly estimate = new Estimate();
  private waiting: { from: number; values: number[] } | null = null;
  private last = { phase: '', detail: '', at: -Infinity };
  /** What was being done before a pause or a checkpoint. */
  private work: Parameters<RunObserver['phase']> | null = null;
  /** Set once the plan is known. */
  left: () => WorkLeft | null = () => null;

  constructor(
    private readonly record: RunResult,
    private readonly post: (event: Event) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  phase(phase: Phase, detail?: string, share?: number): void {
    const same = phase === this.last.phase && (detail ?? '') === this.last.detail;
    if (same && this.now() - this.last.at < PROGRESS_MS && share !== 1) return;
    this.last = { phase, detail: detail ?? '', at: this.now() };
    if (phase !== 'loading' && phase !== 'paused' && phase !== 'saving') this.work = [phase, detail, share];
    this.sendLosses();
    const { id: runId, step, totalSteps } = this.record;
    this.post({
      type: 'progress',
      runId,
      progress: {
        phase,
        step,
        totalSteps,
        stepsPerSecond: this.estimate.stepsPerSecond,
        secondsLeft: this.secondsLeft(),
        ...(detail === undefined ? {} : { detail }),
        ...(share === undefined ? {} : { share }),
      },
    });
  }

  continued(): void {
    if (this.work) this.phase(...this.work);
  }

  measured(work: MeasuredWork): void {
    this.estimate.note(work);
  }

  losses(from: number, values: number[]): void {
    if (this.waiting && this.waiting.from + this.waiting.values.length === from) {
      this.waiting.values.push(...values);
      return;
    }
    this.sendLosses();
    this.waiting = { from, values: [...values] };
  }

  evaluations(points: EvaluationPoint[]): void {
    this.send({ type: 'evaluations', runId: this.record.id, points: structuredClone(points) });
  }

  row(row: MatrixRow): void {
    const { id: runId, metrics, samples, lost = [], timings } = this.record;
    this.send(structuredClone({ type: 'row', runId, row, metrics, samples, lost, timings }));
  }

  /** Posts an event, the losses that wait before it. */
  send(event: Event): void {
    this.sendLosses();
    this.post(event);
  }

  private sendLosses(): void {
    if (!this.waiting) return;
    this.post({ type: 'losses', runId: this.record.id, ...this.waiting });
    this.waiting = null;
  }

  private secondsLeft(): number | null {
    const left = this.left();
    if (!left) return null;
    const { bands, matrix } = this.record;
    return this.estimate.secondsLeft(left.steps, left.rows, bands.length + 1 - matrix.length);
  }
}
