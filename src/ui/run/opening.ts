/** A RunResult from a file. */
import type { RunResult } from '../../run/result';
import { parseRunResult } from '../../run/resultSchema';
import { readRecordFile } from './recordFile';

/** @throws Error that says where the file is wrong and what was expected */
export async function readResult(file: Pick<File, 'size' | 'text'>): Promise<RunResult> {
  const { result } = await readRecordFile(file, 'RunResult', parseRunResult);
  // Nobody goes on with a run that another machine holds.
  const going = result.status === 'running' || result.status === 'paused';
  return going ? { ...result, status: 'interrupted' } : result;
}
