/** The lessons of the page, read when the first of them is asked for, and the one that is walked through. */
import type { Lesson } from '../../run/lesson';
import type { RunResult } from '../../run/result';
import { LessonSession } from '../lessons/session.svelte';
import type { Lessons as Reading } from '../ports';
import type { App } from './app.svelte';
import { keep, recall } from './theme.svelte';

/** The seed of a link: its own number, or one that every machine draws for itself. */
export type LinkedSeed = number | 'own' | null;

const OWN_SEED = 'lethe-own-seed';

export class LessonShelf {
  #all = $state.raw<Lesson[] | null>(null);
  /** By lesson and seed; no part of what is drawn, so plain. */
  readonly #sessions: Record<string, Promise<LessonSession> | undefined> = {};

  constructor(
    private readonly reading: Reading,
    private readonly app: App,
  ) {}

  /** Null until they are read. */
  get all(): Lesson[] | null {
    return this.#all;
  }

  async load(): Promise<Lesson[]> {
    this.#all ??= await this.reading.all();
    return this.#all;
  }

  /** The lesson with its recordings, as it was left. @throws Error when there is none of that name */
  open(id: string, linked: LinkedSeed): Promise<LessonSession> {
    const seed = linked === 'own' ? ownSeed() : linked;
    const key = `${id}/${seed ?? ''}`;
    const opened = (this.#sessions[key] ??= this.#begin(id, seed));
    // A lesson that could not be read is read again when it is asked for again.
    opened.catch(() => (this.#sessions[key] = undefined));
    return opened;
  }

  async #begin(id: string, seed: number | null): Promise<LessonSession> {
    const lesson = (await this.load()).find((known) => known.id === id);
    if (!lesson) throw new Error(`There is no lesson "${id}".`);
    const recorded = await Promise.all(
      lesson.runs.map(async (run): Promise<[string, RunResult]> => [
        run.id,
        await this.reading.recording(run.recorded),
      ]),
    );
    return new LessonSession(lesson, Object.fromEntries(recorded), this.app, seed);
  }
}

/** Drawn once in this browser, so that a class sees what differs by nothing but the seed. */
function ownSeed(): number {
  const kept = Number(recall(OWN_SEED));
  if (Number.isInteger(kept) && kept > 0) return kept;
  const seed = 1 + Math.floor(Math.random() * 9999);
  keep(OWN_SEED, String(seed));
  return seed;
}
