import { describe, expect, it } from 'vitest';
import { readTable } from '../../data/read';
import { filesClient } from '../../worker/files/testing';
import type { FileToKeep, FolderManifest } from '../../store/types';
import type { PageStore, TaskChoice } from '../ports';
import { Notices } from './notices.svelte';
import { Upload } from './upload.svelte';

const csv = (rows: number, head = 'text,label') =>
  `${head}\n${Array.from({ length: rows }, (_, i) => `"review number ${i}, long",${i % 2 ? 'good' : 'bad'}`).join('\n')}\n`;
const file = (name: string, text: string) => new File([text], name);

function setUp() {
  const kept: { id: string; files: FileToKeep[]; meta: Record<string, unknown> }[] = [];
  const done: TaskChoice[] = [];
  const notices = new Notices();
  const store = {
    persist: () => Promise.resolve(true),
    folders: {
      keep: (id: string, _: string, files: Iterable<FileToKeep>, meta: Record<string, unknown>) => {
        kept.push({ id, files: [...files], meta });
        return Promise.resolve({} as FolderManifest);
      },
    },
  } as unknown as PageStore;
  const upload = new Upload(
    () => Promise.resolve(store),
    () => Promise.resolve(filesClient(store as never, { hub: 'http://localhost:1' })),
    notices,
    () => done.map((c) => c.task.id),
    (choice) => done.push(choice),
  );
  return { upload, kept, done, notices };
}

describe('Upload', () => {
  it('reads, words, keeps and offers a file as a task', async () => {
    const { upload, kept, done } = setUp();
    await upload.take([file('shop_reviews.csv', csv(50))]);
    expect(upload.wording).toMatchObject({
      name: 'Shop reviews',
      mapping: { input: '{text}', target: '{label}' },
      metric: 'exact-match',
    });
    upload.edit({ mapping: { input: 'Sort: {text}', target: '{label}' } });
    expect(upload.parts?.train[0]?.input).toMatch(/^Sort: review number \d+, long$/);
    expect(upload.objections).toEqual([]);
    await upload.accept();
    expect(upload.files).toBeNull();
    const [choice] = done;
    expect(choice?.task).toMatchObject({
      id: 'shop-reviews',
      name: 'Shop reviews',
      data: { kind: 'stored', id: kept[0]!.id, mapping: { input: 'Sort: {text}' }, split: { test: 0.2 } },
    });
    expect(choice?.rows).toEqual({ train: 35, validation: 5, test: 10 });
    const content = kept[0]!.files[0]!.content as Uint8Array;
    expect(kept[0]!.files[0]!.path).toBe('train.csv');
    expect(readTable(content, 'train.csv').rows).toHaveLength(50);
  });

  it('stands in the way of a template that names no column, and says which', async () => {
    const { upload, kept } = setUp();
    await upload.take([file('a.csv', csv(20))]);
    upload.edit({ mapping: { input: '{txet}', target: '{label}' } });
    expect(upload.parts).toBeNull();
    expect(upload.objections.join()).toContain('txet');
    await upload.accept();
    expect(kept).toEqual([]);
    upload.edit({ mapping: { input: '{text}', target: '{label}' } });
    expect(upload.objections).toEqual([]);
  });

  it('opens one dialog after another, and tells of a file that can’t be read without losing the others', async () => {
    const { upload, done, notices } = setUp();
    await upload.take([file('broken.json', '{"a": '), file('one.csv', csv(20)), file('two.csv', csv(20))]);
    expect(notices.list.map((n) => n.text)).toEqual([expect.stringContaining('broken.json')]);
    expect(upload.files?.train.fileName).toBe('one.csv');
    await upload.cancel();
    expect(upload.files?.train.fileName).toBe('two.csv');
    await upload.accept();
    expect(upload.files).toBeNull();
    expect(done.map((c) => c.task.id)).toEqual(['two']);
  });

  it('takes what is pasted, in any of the formats of files', async () => {
    const { upload } = setUp();
    await upload.paste('   ');
    expect(upload.files).toBeNull();
    const rows = Array.from({ length: 12 }, (_, i) => [`review number ${i}`, `l ${i % 2}`]);
    await upload.paste(['text\tlabel', ...rows.map((cells) => cells.join('\t'))].join('\n'));
    expect(upload.files?.train.table).toMatchObject({ format: 'tsv', columns: ['text', 'label'] });
    await upload.cancel();
    const lines = rows.map(([text, label]) => JSON.stringify({ text, label }));
    await upload.paste(lines.join('\n'));
    expect(upload.files?.train.table.rows).toHaveLength(12);
    expect(upload.wording.mapping).toEqual({ input: '{text}', target: '{label}' });
  });

  it('tells of rows that stand twice, of a leak into the test, and of a label that is never trained', async () => {
    const { upload } = setUp();
    const rows = (...numbers: number[]) =>
      `text,label\n${numbers.map((i) => `"review number ${i}, long",${i % 2 ? 'good' : 'bad'}`).join('\n')}\n`;
    await upload.take([
      file('x.train.csv', rows(...Array.from({ length: 20 }, (_, i) => i), 3, 4)),
      file('x.dev.csv', rows(30, 31, 32, 33)),
      file('x.test.csv', `${rows(40, 41, 42, 5, 6)}"review number 50, long",new\n`),
    ]);
    const told = upload.problems.map(({ message }) => message).join('\n');
    expect(told).toContain('2 training rows repeat an earlier one, input and answer alike.');
    expect(told).toMatch(/2 .*test/);
    expect(told).toContain('the label "new" never occurs in the training part, but 1 time');
    expect(upload.inspection.labels.map(({ label, train, test }) => [label, train, test])).toEqual([
      ['bad', 11, 3],
      ['good', 11, 2],
      ['new', 0, 1],
    ]);
  });

  it('takes the parts that files bring as they are', async () => {
    const { upload, done } = setUp();
    await upload.take([
      file('x.test.csv', csv(4, 'text,label')),
      file('x.train.csv', csv(30)),
      file('x.dev.csv', csv(6)),
    ]);
    expect(upload.wording.split).toBeNull();
    await upload.accept();
    expect(done[0]?.rows).toEqual({ train: 30, validation: 6, test: 4 });
    expect(done[0]?.task.data).not.toHaveProperty('split');
  });
});
