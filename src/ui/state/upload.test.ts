import { describe, expect, it } from 'vitest';
import { readTable } from '../../data/read';
import { filesClient } from '../../worker/files/testing';
import type { FileToKeep, FolderManifest } from '../../store/types';
import type { FileReader, PageStore, TaskChoice } from '../ports';
import { noticeText, Notices } from './notices.svelte';
import { Upload } from './upload.svelte';

const csv = (rows: number, head = 'text,label') =>
  `${head}\n${Array.from({ length: rows }, (_, i) => `"review number ${i}, long",${i % 2 ? 'good' : 'bad'}`).join('\n')}\n`;
const file = (name: string, text: string) => new File([text], name);

/** A reader that answers when it is told to, and is called off as the real one is. */
function slowReader() {
  const asked: { name: string; file: string; answer: (value: unknown) => void }[] = [];
  const ask = (name: string, question: { id?: string; name?: string }, { signal }: { signal: AbortSignal }) =>
    new Promise<unknown>((answer, reject) => {
      asked.push({ name, file: question.name ?? question.id ?? '', answer });
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  return { asked, reader: { ask } as unknown as FileReader };
}

const read = (rows: number) => ({
  table: readTable(new TextEncoder().encode(csv(rows)), 'x.csv'),
  of: null,
  bytes: null,
});

function setUp(given?: FileReader) {
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
    () => Promise.resolve(given ?? filesClient(store as never, { hub: 'http://localhost:1' })),
    notices,
    () => done.map((c) => c.task.id),
    (choice) => done.push(choice),
  );
  return { upload, kept, done, notices, folders: store.folders };
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
    expect(notices.list.map(noticeText)).toEqual([expect.stringContaining('broken.json')]);
    expect(upload.files?.train.fileName).toBe('one.csv');
    await upload.cancel();
    expect(upload.files?.train.fileName).toBe('two.csv');
    await upload.accept();
    expect(upload.files).toBeNull();
    expect(done.map((c) => c.task.id)).toEqual(['two']);
  });

  it('reads one after another what is dropped before the first dialog opens', async () => {
    const { upload, done } = setUp();
    await Promise.all([
      upload.take([file('large.csv', csv(40))]),
      upload.take([file('small.csv', csv(20))]),
      upload.take([file('last.csv', csv(30))]),
    ]);
    const seen = () => [
      upload.files?.train.fileName,
      upload.files?.train.table.rows.length,
      upload.wording.name,
    ];
    expect(seen()).toEqual(['large.csv', 40, 'Large']);
    await upload.accept();
    expect(seen()).toEqual(['small.csv', 20, 'Small']);
    await upload.cancel();
    expect(seen()).toEqual(['last.csv', 30, 'Last']);
    expect(done.map(({ task }) => task.name)).toEqual(['Large']);
  });

  it('keeps what is being kept, and the file after it, whatever is pressed meanwhile', async () => {
    const { upload, done, folders } = setUp();
    await upload.take([file('one.csv', csv(20)), file('two.csv', csv(30))]);
    const { keep } = folders;
    let on: () => void = () => undefined;
    folders.keep = async (...all) => {
      await new Promise<void>((resolve) => (on = resolve));
      return keep(...all);
    };
    const accepted = upload.accept();
    await expect.poll(() => upload.saving).toBe(true);
    await upload.cancel();
    expect(upload.files?.train.fileName).toBe('one.csv');
    on();
    await accepted;
    expect(done.map(({ task }) => task.id)).toEqual(['one']);
    expect(upload.files?.train.fileName).toBe('two.csv');
  });

  it('gives up a file that is being read, and an archive that is being unpacked, and goes on', async () => {
    const { asked, reader } = slowReader();
    const { upload, notices } = setUp(reader);
    void upload.take([file('set.zip', 'PK')]);
    void upload.take([file('large.csv', csv(40))]);
    void upload.take([file('small.csv', csv(20))]);
    await expect.poll(() => asked.length).toBe(1);
    expect([asked[0]?.name, upload.reading, upload.files]).toEqual(['unpack', true, null]);
    void upload.cancel();
    await expect.poll(() => asked.length).toBe(2);
    expect(asked[1]).toMatchObject({ name: 'read', file: 'large.csv' });
    void upload.cancel();
    await expect.poll(() => asked.length).toBe(3);
    asked[2]?.answer(read(20));
    await expect.poll(() => upload.files?.train.fileName).toBe('small.csv');
    expect([upload.reading, notices.list]).toEqual([false, []]);
  });

  it('reads on when the dialog that asks for data is dismissed, and fetches no further', async () => {
    const { asked, reader } = slowReader();
    const { upload, notices } = setUp(reader);
    void upload.take([file('large.csv', csv(40))]);
    upload.ask();
    void upload.fromHub('owner/set');
    await expect.poll(() => asked.length).toBe(2);
    expect([upload.reading, upload.fetching]).toEqual([true, true]);
    upload.dismiss();
    expect([upload.reading, upload.fetching, upload.asking]).toEqual([true, false, false]);
    asked.find(({ file }) => file === 'large.csv')?.answer(read(40));
    await expect.poll(() => upload.files?.train.fileName).toBe('large.csv');
    expect(notices.list).toEqual([]);
  });

  it('leaves a data set that is being fetched in its dialog when a file is dropped', async () => {
    const { asked, reader } = slowReader();
    const { upload } = setUp(reader);
    upload.ask();
    void upload.fromHub('owner/set');
    void upload.take([file('small.csv', csv(20))]);
    await expect.poll(() => asked.length).toBe(2);
    expect(upload.asking).toBe(true);
    const set = { id: 'owner/set', files: [{ name: 'set.csv', file: new Blob() }], notes: [] };
    asked.find(({ name }) => name === 'hubDataset')?.answer(set);
    await expect.poll(() => upload.asking).toBe(false);
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
