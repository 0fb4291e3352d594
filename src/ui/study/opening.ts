/** A study from a file. */
import { parseStudyRecord, type StudyRecord } from '../../run/study';

/** A study of a hundred runs with 500 test rows of six tasks is a few MB. */
const MOST_BYTES = 200e6;
const MOST_PROBLEMS = 3;

/** @throws Error that says where the file is wrong and what was expected */
export async function readStudyFile(file: Pick<File, 'size' | 'text'>): Promise<StudyRecord> {
  if (file.size > MOST_BYTES)
    throw new Error(
      `it has ${Math.round(file.size / 1e6)} MB; a study has less than ${MOST_BYTES / 1e6} MB.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch (error) {
    throw new Error(`expected a study as JSON; ${error instanceof Error ? error.message : 'unreadable'}.`, {
      cause: error,
    });
  }
  const parsed = parseStudyRecord(value);
  if (!parsed.ok) {
    const shown = parsed.problems
      .slice(0, MOST_PROBLEMS)
      .map((p) => `${p.path || 'the whole'}: ${p.message}`);
    const more = parsed.problems.length - shown.length;
    throw new Error(`it is no study; ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`);
  }
  const { record } = parsed;
  // Nobody goes on with a study that another machine works on.
  return record.status === 'running' ? { ...record, status: 'interrupted' } : record;
}
