/** From a task's config to its examples, wherever its files lie. */
import type { Mapping, TaskConfig } from '../run/config';
import { buildTask, partOfName, type TaskTables } from './build';
import { fetchBytes } from './fetch';
import { guessMapping } from './guess';
import { readBytes } from './files';
import { readSample } from './samples';
import { DataError, type DataProblem, type Table, type TaskParts } from './task';

export interface StoredFile {
  name: string;
  bytes: Uint8Array;
}

export interface TaskSources {
  /** Whole URL that file paths are relative to, with a slash at its end. */
  baseUrl: string;
  /** The files of a data set that is kept in this browser. */
  stored: (id: string) => Promise<StoredFile[]>;
  /** Told of everything that was put right or left out on the way. */
  onProblem?: (problem: DataProblem) => void;
  /** Called between two pieces of a download and before each file is parsed; may wait, and throws to break off. */
  breathe?: () => Promise<void>;
}

/** @throws DataError naming the file, its line and column, and what was expected */
export async function loadTask(task: TaskConfig, sources: TaskSources): Promise<TaskParts> {
  const { data } = task;
  const tell = (problems: readonly DataProblem[]) =>
    problems.forEach((problem) => sources.onProblem?.(problem));
  const read = async (file: StoredFile): Promise<Table> => {
    await sources.breathe?.();
    const table = await readBytes(file.bytes, file.name);
    tell(table.warnings);
    return table;
  };
  const get = async (path: string): Promise<Table> =>
    read({ name: path, bytes: await fetchBytes(path, sources.baseUrl, sources.breathe) });

  let tables: TaskTables;
  let mapping: Mapping;
  switch (data.kind) {
    case 'sample': {
      mapping = (await readSample(sources.baseUrl, data.name)).mapping;
      const [train, validation, test] = await Promise.all(
        ['train', 'validation', 'test'].map((part) => get(`tasks/${data.name}/${part}.jsonl`)),
      );
      tables = { train: train!, validation: validation!, test: test! };
      break;
    }
    case 'files': {
      const [train, validation, test] = await Promise.all(
        [data.train, data.validation, data.test].map(async (path) =>
          path === undefined ? undefined : get(path),
        ),
      );
      tables = { train: train!, ...(validation && { validation }), ...(test && { test }) };
      mapping = data.mapping ?? guessMapping(tables.train);
      break;
    }
    case 'stored':
      tables = tablesOf(
        await Promise.all(
          (await sources.stored(data.id)).map(async (file) => ({ name: file.name, table: await read(file) })),
        ),
        task.name,
      );
      mapping = data.mapping;
  }
  const split = data.kind === 'sample' ? undefined : data.split;
  const { parts, problems } = buildTask(tables, mapping, split);
  tell(problems);
  return parts;
}

/** One file, or several whose names say which part each is. */
export function tablesOf(files: readonly { name: string; table: Table }[], taskName: string): TaskTables {
  const [first] = files;
  if (!first)
    throw new DataError({
      message: `the data of "${taskName}" is gone from this browser; expected a kept file.`,
    });
  if (files.length === 1) return { train: first.table };
  const tables: Partial<TaskTables> = {};
  for (const { name, table } of files) {
    const part = partOfFile(name);
    if (!part)
      throw new DataError({
        file: name,
        message: 'which part is this? Expected train, validation or test in the name.',
      });
    if (tables[part])
      throw new DataError({ file: name, message: `a second ${part} file; expected one of each part.` });
    tables[part] = table;
  }
  const { train, ...others } = tables;
  if (!train)
    throw new DataError({
      message: `"${taskName}" has no training file; expected one with train in its name.`,
    });
  return { train, ...others };
}

/** The part that a file name speaks of: `train.csv`, `my-dev-set.tsv`, `data.test.jsonl`. */
export function partOfFile(name: string): keyof TaskParts | undefined {
  const words = (name.split(/[\\/]/).at(-1) ?? '').split(/[^A-Za-z]+/);
  for (const word of words) {
    const part = partOfName(word);
    if (part) return part;
  }
  return undefined;
}
