/** Remembers comparisons, which are slow, by the results that they rest on. */
import { compare, runsOf, type Comparison, type StudyRecord } from '../../run/study';

const known = new Map<string, Comparison | null>();
const MOST_KNOWN = 500;

function keyOf(record: StudyRecord, method: string, reference: string): string {
  const cells = [...runsOf(record, method), ...runsOf(record, reference)];
  return [record.id, method, reference, ...cells.map(({ key, finishedAt }) => `${key} ${finishedAt}`)].join(
    '\n',
  );
}

export const wasCompared = (record: StudyRecord, method: string, reference: string): boolean =>
  known.has(keyOf(record, method, reference));

export function compareOnce(record: StudyRecord, method: string, reference: string): Comparison | null {
  const key = keyOf(record, method, reference);
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const found = compare(record, method, reference);
  known.set(key, found);
  return found;
}
