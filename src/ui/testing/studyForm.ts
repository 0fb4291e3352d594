/** A study as it is picked in the form, for tests. */
import type { RunConfigInput } from '../../run/config';
import type { StudyConfig } from '../../run/study';
import { FIRST_FORM, studyOf, type Choice, type StudyForm } from '../study/form';
import { fixtureConfig } from './fixture';

export const order: Choice[] = ['sequential', 'joint', 'replay', 'ewc', 'o-lora', 'lora'];
export const form: StudyForm = { ...FIRST_FORM, picked: { sequential: {}, replay: { count: 7 } }, seeds: 2 };

/** @throws Error with what is wrong with the form */
export function studyFrom(change: Partial<StudyForm> = {}, bench: Partial<RunConfigInput> = {}): StudyConfig {
  const made = studyOf({ ...form, ...change }, fixtureConfig(bench), order);
  if (!made.ok) throw new Error(made.problem);
  return made.study;
}
