/** Paired differences of a study's methods, worked out one by one: each is thousands of draws. */
import { labelsOf, referenceOf, type Comparison, type StudyRecord } from '../../run/study';
import { compareOnce, wasCompared } from './compareOnce';

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export class Comparing {
  #found = $state.raw<readonly Comparison[]>([]);
  #working = $state.raw(false);
  #turn = 0;

  /** Those that are worked out, in the order of the study. */
  get found(): readonly Comparison[] {
    return this.#found;
  }

  get working(): boolean {
    return this.#working;
  }

  /** Works them out for the record as it is now; a later call takes the place of an earlier one. */
  async of(record: StudyRecord): Promise<void> {
    const turn = ++this.#turn;
    this.#working = true;
    const reference = referenceOf(record);
    const found: Comparison[] = [];
    for (const method of labelsOf(record.study)) {
      if (method === reference) continue;
      if (!wasCompared(record, method, reference)) {
        // The page answers between two.
        await nextTask();
        if (turn !== this.#turn) return;
      }
      const one = compareOnce(record, method, reference);
      if (one) found.push(one);
    }
    this.#found = found;
    this.#working = false;
  }
}
