import { describe, expect, it } from 'vitest';
import type { Table, TaskParts } from '../../data/task';
import {
  choiceOfDataset,
  datasetMeta,
  DEFAULT_PARTS,
  filesToKeep,
  inserted,
  namesParts,
  objections,
  previewOf,
  type ReadPart,
} from './upload';

const table: Table = {
  columns: ['text', 'label'],
  rows: [['a', 'b']],
  lines: [2],
  format: 'csv',
  encoding: 'UTF-8',
  warnings: [],
};
const part = (fileName: string): ReadPart => ({ fileName, bytes: new Uint8Array([1]), table });
const example = { input: 'a', target: 'b' };
const parts: TaskParts = { train: [example], validation: [example], test: [example] };
const wording = {
  name: 'Mine',
  mapping: { input: '{text}', target: '{label}' },
  metric: 'exact-match' as const,
  split: DEFAULT_PARTS,
};

describe('inserted', () => {
  it('puts the hole in the place of what is selected', () => {
    expect(inserted('Say: XX!', 'text', 5, 7)).toEqual({ template: 'Say: {text}!', caret: 11 });
    expect(inserted('', 'a b', 0, 0)).toEqual({ template: '{a b}', caret: 5 });
  });
});

describe('previewOf', () => {
  it('spreads over the whole part', () => {
    const examples = Array.from({ length: 100 }, (_, i) => ({ input: String(i), target: '' }));
    expect(previewOf(examples).map((e) => e.input)).toEqual(['0', '20', '40', '60', '80']);
    expect(previewOf(examples.slice(0, 3))).toHaveLength(3);
  });
});

describe('objections', () => {
  it('are none for a task that can be kept', () => expect(objections(wording, parts)).toEqual([]));
  it('name what is missing', () => {
    expect(objections({ ...wording, name: ' ' }, parts)).toEqual(['Give the task a name.']);
    expect(objections({ ...wording, split: { validation: 0.6, test: 0.4, seed: 0 } }, null)).toHaveLength(1);
    expect(objections(wording, { train: [], validation: [], test: [] })).toHaveLength(3);
  });
});

describe('keeping', () => {
  it('names each file by its part', () => {
    const files = { train: part('My file.CSV'), test: part('other') };
    expect(filesToKeep(files).map((f) => f.path)).toEqual(['train.csv', 'test']);
  });
  it('finds the task again in the meta it wrote, through JSON', () => {
    const data = { kind: 'stored' as const, id: 'dataset/mine', mapping: wording.mapping };
    const task = { id: 'mine', name: 'Mine', metric: 'exact-match' as const, data };
    const meta = datasetMeta(task, parts, { train: part('a.csv') });
    expect(choiceOfDataset(JSON.parse(JSON.stringify(meta)) as Record<string, unknown>)).toEqual({
      task,
      rows: { train: 1, validation: 1, test: 1 },
      description: 'a.csv',
    });
    expect(choiceOfDataset({})).toBeNull();
  });
  it('knows when the data names its parts itself', () => {
    expect(namesParts({ train: part('a.csv') })).toBe(false);
    expect(namesParts({ train: { ...part('a.csv'), table: { ...table, partColumn: 1 } } })).toBe(true);
    expect(namesParts({ train: part('a'), test: part('b') })).toBe(false);
    expect(namesParts({ train: part('a'), test: part('b'), validation: part('c') })).toBe(true);
  });
});
