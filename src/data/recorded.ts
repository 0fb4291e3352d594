/** Runs that come with the page, recorded by the lab. */
import type { RunResult } from '../run/result';
import { parseRunResult } from '../run/resultSchema';
import { readJsonFile } from './samples';
import { DataError } from './task';

/** What the first screen shows: the demo plan, run through to its end. @throws DataError naming what is wrong */
export async function readRecorded(baseUrl: string): Promise<RunResult> {
  const file = 'recorded/demo.json';
  const parsed = parseRunResult(await readJsonFile(baseUrl, file));
  if (parsed.ok) return parsed.result;
  const [problem] = parsed.problems;
  throw new DataError({
    file,
    message: `${problem?.path || 'the whole'}: ${problem?.message ?? 'unreadable'}.`,
  });
}
