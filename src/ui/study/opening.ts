/** A study from a file. */
import type { StudyRecord } from '../../run/study';
import { parseStudyRecord } from '../../run/study/recordSchema';
import { readRecordFile } from '../run/recordFile';

/** @throws Error that says where the file is wrong and what was expected */
export async function readStudyFile(file: Pick<File, 'size' | 'text'>): Promise<StudyRecord> {
  const { record } = await readRecordFile(file, 'study', parseStudyRecord);
  // Nobody goes on with a study that another machine works on.
  return record.status === 'running' ? { ...record, status: 'interrupted' } : record;
}
