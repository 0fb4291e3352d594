import { expect, test } from 'vitest';
import { droppedFiles, isModel } from './dropped';

const file = (name: string) => new File(['x'], name);

/** A folder as browsers hand it out: two entries at a time. */
function directory(name: string, content: FileSystemEntry[]): FileSystemEntry {
  const left = [...content];
  const readEntries = (resolve: (entries: FileSystemEntry[]) => void) => resolve(left.splice(0, 2));
  return { name, isFile: false, isDirectory: true, createReader: () => ({ readEntries }) } as never;
}
const entry = (name: string): FileSystemEntry =>
  ({
    name,
    isFile: true,
    isDirectory: false,
    file: (resolve: (f: File) => void) => resolve(file(name)),
  }) as never;
const dropOf = (entries: FileSystemEntry[], files: File[] = []) =>
  ({ items: entries.map((e) => ({ webkitGetAsEntry: () => e })), files }) as unknown as DataTransfer;

test('a dropped folder gives all its files, with their paths', async () => {
  const names = ['config.json', 'model.safetensors', 'tokenizer.json'];
  const folder = directory('flan', [...names.map(entry), directory('deeper', [entry('a.txt')])]);
  const files = await droppedFiles(dropOf([folder]));
  expect(files.map(({ path }) => path)).toEqual([
    ...names.map((name) => `flan/${name}`),
    'flan/deeper/a.txt',
  ]);
  expect(isModel(files)).toBe(true);
});

test('dropped files are what they are', async () => {
  const files = await droppedFiles(dropOf([entry('a.csv')], [file('a.csv')]));
  expect(files.map(({ path }) => path)).toEqual(['a.csv']);
  expect(isModel(files)).toBe(false);
  expect(await droppedFiles(null)).toEqual([]);
});

test.each(['pytorch_model.bin', 'x/model-00001-of-00002.safetensors', 'spiece.model'])(
  '%s is of a model',
  (path) => expect(isModel([{ path, file: file('x') }])).toBe(true),
);
