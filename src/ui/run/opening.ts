/** A RunResult from a file. */
import type { RunResult } from '../../run/result';
import { parseRunResult } from '../../run/resultSchema';

/** A result with 500 test rows in 65 rows of R is a few MB. */
const MOST_BYTES = 200e6;
const MOST_PROBLEMS = 3;

/** @throws Error that says where the file is wrong and what was expected */
export async function readResult(file: Pick<File, 'size' | 'text'>): Promise<RunResult> {
  if (file.size > MOST_BYTES)
    throw new Error(
      `it has ${Math.round(file.size / 1e6)} MB; a RunResult has less than ${MOST_BYTES / 1e6} MB.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch (error) {
    throw new Error(
      `expected a RunResult as JSON; ${error instanceof Error ? error.message : 'unreadable'}.`,
      { cause: error },
    );
  }
  const parsed = parseRunResult(value);
  if (parsed.ok) {
    const { result } = parsed;
    // Nobody goes on with a run that another machine holds.
    const going = result.status === 'running' || result.status === 'paused';
    return going ? { ...result, status: 'interrupted' } : result;
  }
  const shown = parsed.problems.slice(0, MOST_PROBLEMS).map((p) => `${p.path || 'the whole'}: ${p.message}`);
  const more = parsed.problems.length - shown.length;
  throw new Error(`it is no RunResult; ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`);
}
