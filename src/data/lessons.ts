/** The lessons that come with the page, and the recording of each of their runs. */
import * as v from 'valibot';
import { parseLesson, type Lesson } from '../run/lesson';
import type { RunResult } from '../run/result';
import { firstOf, readRun } from './recorded';
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
  throw firstOf(parsed.problems, file);
}

/** The recording of a lesson's run. @throws DataError */
export const readRecording = (baseUrl: string, name: string): Promise<RunResult> =>
  readRun(baseUrl, `lessons/recorded/${name}.json`);
