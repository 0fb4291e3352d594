/** The plan that comes with the page: a run to begin with, set up and ready. */
import { parseRunConfig, type RunConfig } from '../run/config';
import { readJsonFile } from './samples';
import { DataError } from './task';

/** @throws DataError naming what is wrong in the file */
export async function readDemo(baseUrl: string): Promise<RunConfig> {
  const file = 'plans/demo.json';
  const parsed = parseRunConfig(await readJsonFile(baseUrl, file));
  if (parsed.ok) return parsed.config;
  const [problem] = parsed.problems;
  throw new DataError({
    file,
    message: `${problem?.path || 'the whole'}: ${problem?.message ?? 'unreadable'}.`,
  });
}
