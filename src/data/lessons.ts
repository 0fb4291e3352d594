/** The lessons that come with the page, and the recording of each of their runs. */
import * as v from 'valibot';
import { parseLesson, type Lesson } from '../run/lesson';
import type { RunResult } from '../run/result';
import { parseRunResult } from '../run/resultSchema';
import { readJsonFile } from './samples';
import { DataError } from './task';

/** All lessons, in the order in which they are taught. @throws DataError naming what is wrong in which file */
export async function readLessons(baseUrl: string): Promise<Lesson[]> {
  const file = 'lessons/index.json';
  const names = v.safeParse(
    v.array(v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/))),
    await readJsonFile(baseUrl, file),
  );
  if (!names.success) throw new DataError({ file, message: 'expected a list of names of lessons.' });
  return await Promise.all(names.output.map((name) => readLesson(baseUrl, name)));
}

async function readLesson(baseUrl: string, name: string): Promise<Lesson> {
  const file = `lessons/${name}.json`;
  const parsed = parseLesson(await readJsonFile(baseUrl, file));
  if (parsed.ok) return parsed.lesson;
  const [problem] = parsed.problems;
  throw new DataError({
    file,
    message: `${problem?.path || 'the whole'}: ${problem?.message ?? 'unreadable'}.`,
  });
}

/** The recording of a lesson's run. @throws DataError */
export async function readRecording(baseUrl: string, name: string): Promise<RunResult> {
  const file = `lessons/recorded/${name}.json`;
  const parsed = parseRunResult(await readJsonFile(baseUrl, file));
  if (parsed.ok) return parsed.result;
  const [problem] = parsed.problems;
  throw new DataError({
    file,
    message: `${problem?.path || 'the whole'}: ${problem?.message ?? 'unreadable'}.`,
  });
}
