/** Runs that come with the page, recorded by the lab. */
import type { ConfigProblem } from '../run/config';
import type { RunResult } from '../run/result';
import { parseRunResult } from '../run/resultSchema';
import { readJsonFile } from './samples';
import { DataError } from './task';

/** What the first screen shows: the demo plan, run through to its end. @throws DataError naming what is wrong */
export const readRecorded = (baseUrl: string): Promise<RunResult> => readRun(baseUrl, 'recorded/demo.json');

/** A run from one of the page's own files. @throws DataError naming what is wrong */
export async function readRun(baseUrl: string, file: string): Promise<RunResult> {
  const parsed = parseRunResult(await readJsonFile(baseUrl, file));
  if (parsed.ok) return parsed.result;
  throw firstOf(parsed.problems, file);
}

/** The first of the problems that a schema has with a file. */
export function firstOf([problem]: readonly ConfigProblem[], file: string): DataError {
  return new DataError({
    file,
    message: `${problem?.path || 'the whole'}: ${problem?.message ?? 'unreadable'}.`,
  });
}
