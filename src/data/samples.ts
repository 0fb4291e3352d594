/** The sample tasks that come with the page, as `tasks/index.json` and each `task.json` describe them. */
import * as v from 'valibot';
import { Mapping, MetricName } from '../run/config';
import { fetchBytes } from './fetch';
import { DataError } from './task';

export const SampleTask = v.object({
  id: v.string(),
  name: v.string(),
  metric: MetricName,
  /** The label set; empty for free text. */
  labels: v.array(v.string()),
  /** From the columns of the task's files to prompt and answer. */
  mapping: Mapping,
  /** One sentence. */
  description: v.string(),
  licence: v.string(),
  rows: v.object({ train: v.number(), validation: v.number(), test: v.number() }),
});
export type SampleTask = v.InferOutput<typeof SampleTask>;

/** All sample tasks. @throws DataError */
export async function listSamples(baseUrl: string): Promise<SampleTask[]> {
  return parse(v.array(SampleTask), await readJsonFile(baseUrl, 'tasks/index.json'), 'tasks/index.json');
}

/** One sample task. @throws DataError */
export async function readSample(baseUrl: string, name: string): Promise<SampleTask> {
  const path = `tasks/${name}/task.json`;
  return parse(SampleTask, await readJsonFile(baseUrl, path), path);
}

/** @throws DataError when it is not there or no JSON */
export async function readJsonFile(baseUrl: string, path: string): Promise<unknown> {
  const bytes = await fetchBytes(path, baseUrl);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new DataError({
      file: path,
      message: `expected JSON; ${error instanceof Error ? error.message : 'unreadable'}.`,
    });
  }
}

function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown, file: string): T {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new DataError({ file, message: `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}.` });
}
