/** A run that is told of several times a second, for what changes only with its scores. */
import type { RunResult } from '../../run/result';

/** What every step changes. */
const MOVING: ReadonlySet<string> = new Set<keyof RunResult>(['step', 'losses']);

/**
 * @returns a function that gives the record back as it was given before, for as long as nothing of it has changed
 *   but its step and its losses: those of the answer may be old
 */
export function steady(): (run: RunResult | null) => RunResult | null {
  let before: RunResult | null = null;
  return (run) => {
    if (!before || !run || !sameButMoving(before, run)) before = run;
    return before;
  };
}

function sameButMoving(a: RunResult, b: RunResult): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof RunResult>;
  return [...keys].every((key) => MOVING.has(key) || a[key] === b[key]);
}
