import { randomId } from '../../store/hash';

/** An id of a run or a study: sorts by time and is never used twice. */
export function newRunId(): string {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `${time}-${randomId().slice(0, 6)}`;
}
