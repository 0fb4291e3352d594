/** One lesson being walked through: what was drawn, what may be seen, what runs. */
import { drawnPlaces, drawnRun, type HandIn, type Lesson, trimmed } from '../../run/lesson';
import type { RunConfig } from '../../run/config';
import type { RunResult } from '../../run/result';
import type { App } from '../state/app.svelte';
import { keep, recall } from '../state/theme.svelte';
import { series } from '../run/series';
import type { ShownRun } from './lessonView';
import { distance, flatLine, type DrawnPoint, type Distance } from './prediction';

const KEY = 'lethe-lesson-';

/** What is kept of a lesson until the next visit. */
interface Kept {
  heights: number[];
  done: boolean;
  live: Record<string, string>;
}

export class LessonSession {
  #line = $state.raw<DrawnPoint[]>([]);
  #done = $state.raw(false);
  /** Ids of runs of this machine, by the lesson's run. */
  #live = $state.raw<Readonly<Record<string, string>>>({});
  #played = $state.raw<readonly string[]>([]);
  #going = $state.raw<string | null>(null);

  constructor(
    readonly lesson: Lesson,
    private readonly recordings: Readonly<Record<string, RunResult>>,
    private readonly app: App,
    /** Of a link; that of the lesson where there is none. */
    readonly seed: number | null = null,
  ) {
    this.#line = flatLine(drawnPlaces(lesson), this.start);
    this.#recall();
  }

  /** Where the model is before training, which everybody may know. */
  get start(): number {
    const { lesson } = this;
    const frame = this.recording(lesson.draw);
    return series(frame, 'score').find(({ task }) => task.id === lesson.task)?.points[0]?.y ?? 0;
  }

  get line(): DrawnPoint[] {
    return this.#line;
  }

  /** True once the line is handed over and the answers may be seen. */
  get done(): boolean {
    return this.#done;
  }

  /** The lesson's run that trains on this machine now. */
  get going(): string | null {
    return this.#going;
  }

  recording(run: string): RunResult {
    const found = this.recordings[run];
    if (!found) throw new Error(`the lesson has no recording of "${run}"`);
    return found;
  }

  /** The run of this machine, where there is one. */
  live(run: string): RunResult | null {
    const id = this.#live[run];
    return (id === undefined ? undefined : this.app.bench.find(id)) ?? null;
  }

  /** What may be seen of a run: this machine's own, its recording once that is played, the given ones always. */
  seen(run: string): RunResult | null {
    const live = this.live(run);
    if (live) return live;
    return this.given(run) || (this.#done && this.#played.includes(run)) ? this.recording(run) : null;
  }

  /** Shown from the start, for the line to be drawn beside. */
  given(run: string): boolean {
    const order = this.lesson.runs.map(({ id }) => id);
    return order.indexOf(run) < order.indexOf(this.lesson.draw);
  }

  shown(names: Readonly<Record<string, string>>): ShownRun[] {
    return this.lesson.runs.flatMap(({ id }) => {
      const result = this.seen(id);
      return result ? [{ id, label: names[id] ?? id, result }] : [];
    });
  }

  get distance(): Distance | null {
    const { lesson } = this;
    const result = this.seen(lesson.draw);
    if (!result || !this.#done) return null;
    if (lesson.picture === 'steps') {
      const line = series(result, 'score').find(({ task }) => task.id === lesson.task);
      return line ? distance(this.#line, line.points) : null;
    }
    const points = result.interpolations?.find(({ stage }) => stage === 1)?.points ?? [];
    return distance(
      this.#line,
      points.flatMap(({ alpha, scores }) => {
        const found = scores.find((score) => score.task === lesson.task)?.score;
        return found ? [{ x: alpha, y: found.value }] : [];
      }),
    );
  }

  draw(line: DrawnPoint[]): void {
    if (!this.#done) this.#line = line;
  }

  /** The line is handed over: from here on it stays. */
  finishDrawing(): void {
    this.#done = true;
    this.#keep();
  }

  again(): void {
    this.#done = false;
    this.#live = {};
    this.#played = [];
    this.#line = flatLine(drawnPlaces(this.lesson), this.start);
    this.#keep();
  }

  play(runs: readonly string[]): void {
    this.#played = [...this.#played, ...runs.filter((run) => !this.#played.includes(run))];
  }

  configOf(run: string): RunConfig {
    const { config } = this.lesson.runs.find(({ id }) => id === run) ?? drawnRun(this.lesson);
    return this.seed === null ? config : { ...config, seed: this.seed };
  }

  /** Trains a run of the lesson here, and measures the mixes where the lesson is about them. */
  async train(run: string, name: string): Promise<void> {
    const { bench, notices, measuring } = this.app;
    await notices.guard(async () => {
      const trainer = await bench.trainer();
      this.#going = run;
      try {
        const id = await bench.start({ ...this.configOf(run), name });
        this.#live = { ...this.#live, [run]: id };
        this.#keep();
        const finished = await new Promise<boolean>((resolve) => {
          const stop = trainer.onEvent((event) => {
            if (event.type !== 'ended' || event.runId !== id) return;
            stop();
            resolve(event.status === 'finished');
          });
        });
        if (finished && this.lesson.mixes)
          await measuring.measure(id, { of: 'mixes', stage: 1, alphas: this.lesson.mixes });
      } finally {
        this.#going = null;
      }
    }, 'The run of the lesson could not be started');
  }

  /** What a pupil gives to the teacher. */
  handIn(name: string): HandIn {
    return {
      kind: 'lethe-hand-in',
      version: 1,
      lesson: this.lesson.id,
      name,
      prediction: this.#done ? { run: this.lesson.draw, task: this.lesson.task, points: this.#line } : null,
      runs: this.lesson.runs.flatMap(({ id }) => {
        const result = this.live(id);
        return result?.status === 'finished' ? [{ run: id, result: trimmed(result) }] : [];
      }),
    };
  }

  /** Each seed's is a lesson of its own: another seed's run is not what its link asks for. */
  get #key(): string {
    return KEY + this.lesson.id + (this.seed === null ? '' : `/${this.seed}`);
  }

  #keep(): void {
    const kept: Kept = { heights: this.#line.map(({ y }) => y), done: this.#done, live: this.#live };
    keep(this.#key, JSON.stringify(kept));
  }

  #recall(): void {
    try {
      const kept = JSON.parse(recall(this.#key) ?? 'null') as Kept | null;
      if (!kept || kept.heights.length !== this.#line.length) return;
      this.#line = this.#line.map((point, i) => ({ ...point, y: kept.heights[i] ?? point.y }));
      this.#done = kept.done;
      this.#live = kept.live;
    } catch {
      // Not ours, or cut off: the lesson begins anew.
    }
  }
}
