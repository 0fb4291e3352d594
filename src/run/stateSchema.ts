/** What a checkpoint's state must be for a run to go on from it, where it comes from a file of somebody else's. */
import * as v from 'valibot';
import { parseRunResult } from './resultSchema';

const State = v.looseObject({
  version: v.literal(1),
  stagesTrained: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64)),
  base: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  record: v.unknown(),
});

/** What is wrong with it, in a sentence; null when nothing is. */
export function problemOfState(value: unknown, runId: string): string | null {
  const state = v.safeParse(State, value);
  if (!state.success) {
    const [issue] = state.issues;
    return [v.getDotPath(issue), issue.message].filter(Boolean).join(': ');
  }
  const record = parseRunResult(state.output.record);
  if (!record.ok) {
    const [problem] = record.problems;
    return `record.${problem?.path ?? ''}: ${problem?.message ?? 'unreadable'}`;
  }
  if (record.result.id !== runId) return `it is of the run "${record.result.id}", not of "${runId}"`;
  return null;
}
