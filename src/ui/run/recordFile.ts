/** A record that somebody kept as a JSON file: a run's result, a study. */

/** A result with 500 test rows in 65 rows of R is a few MB, and so is a study of a hundred runs. */
const MOST_BYTES = 200e6;
const MOST_PROBLEMS = 3;

type Parsed<T> = ({ ok: true } & T) | { ok: false; problems: { path: string; message: string }[] };

/**
 * @param what the record's name, as in "a study"
 * @returns what `parse` makes of the file's JSON
 * @throws Error that says where the file is wrong and what was expected
 */
export async function readRecordFile<T>(
  file: Pick<File, 'size' | 'text'>,
  what: string,
  parse: (json: unknown) => Parsed<T>,
): Promise<{ ok: true } & T> {
  if (file.size > MOST_BYTES)
    throw new Error(
      `it has ${Math.round(file.size / 1e6)} MB; a ${what} has less than ${MOST_BYTES / 1e6} MB.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch (error) {
    throw new Error(`expected a ${what} as JSON; ${error instanceof Error ? error.message : 'unreadable'}.`, {
      cause: error,
    });
  }
  const parsed = parse(value);
  if (parsed.ok) return parsed;
  const shown = parsed.problems.slice(0, MOST_PROBLEMS).map((p) => `${p.path || 'the whole'}: ${p.message}`);
  const more = parsed.problems.length - shown.length;
  throw new Error(`it is no ${what}; ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`);
}
