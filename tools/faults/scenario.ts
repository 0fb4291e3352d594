/** A fault that is done to the page again and again, and what must hold after it. */
import type { Site } from './harness/site';
import type { Draws } from './harness/draws';

export interface Scenario {
  name: string;
  /** What is done and what must hold, in a line. */
  about: string;
  /** How often: in the long form, and in the short one that is part of `npm test`. */
  counts: { long: number; short: number };
  run: (context: Context) => Promise<Outcome>;
}

export interface Context {
  count: number;
  seed: number;
  draws: Draws;
  site: Site;
  /** Says how far it has come. */
  tell: (line: string) => void;
  /** A part that was done before with the same settings is taken as it was. */
  part: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

export interface Outcome {
  /** How often the fault was done. */
  done: number;
  /** What did not hold, a sentence each. */
  failures: string[];
  /** What was measured, by name. */
  figures: Record<string, number | string>;
}
