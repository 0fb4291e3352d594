import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskConfig, TaskData } from '../run/config';
import { loadTask, partOfFile, type StoredFile } from './load';
import { listSamples } from './samples';
import type { DataProblem } from './task';

const PUBLIC = path.resolve(import.meta.dirname, '../../public');
const FILES = new Map([
  [
    '/app/local/train.csv',
    'text,label\n' + Array.from({ length: 10 }, (_, i) => `words ${i} here,l${i % 2}\n`).join(''),
  ],
  ['/app/local/odd #1?.csv', 'text,label\na b c,x\nd e f,y\n'],
  ['/app/local/dev.tsv', 'text\tlabel\nother words\tl1\nmore\t\n'],
  ['/app/local/broken.csv', 'text,label\na,"x\n'],
]);

let server: Server;
let baseUrl: string;

/** A server such as the page has: under a path, and with the page itself for addresses it does not know. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const url = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname);
    const own = FILES.get(url);
    if (own !== undefined) response.end(own);
    else if (url.startsWith('/app/tasks/')) {
      try {
        response.end(readFileSync(path.join(PUBLIC, url.slice('/app/'.length))));
      } catch {
        response.writeHead(404).end();
      }
    } else if (url.startsWith('/app/page'))
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/app/`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const task = (data: TaskData): TaskConfig => ({ id: 't', name: 'My task', metric: 'exact-match', data });
const mapping = { input: '{text}', target: '{label}' };

function load(
  data: TaskData,
  files: StoredFile[] = [],
  onProblem: (p: DataProblem) => void = () => undefined,
) {
  return loadTask(task(data), { baseUrl, stored: () => Promise.resolve(files), onProblem });
}
const file = (name: string, text: string): StoredFile => ({ name, bytes: new TextEncoder().encode(text) });

describe('sample tasks', () => {
  test('every task of the index loads, with its rows, labels and prompts', async () => {
    const samples = await listSamples(baseUrl);
    expect(samples.slice(0, 2).map((s) => s.id)).toEqual(['tickets', 'reviews']);
    for (const sample of samples) {
      const problems: DataProblem[] = [];
      const parts = await load({ kind: 'sample', name: sample.id }, [], (p) => problems.push(p));
      expect(problems).toEqual([]);
      const { train, validation, test } = parts;
      expect([train.length, validation.length, test.length]).toEqual([
        sample.rows.train,
        sample.rows.validation,
        sample.rows.test,
      ]);
      expect(train.length).toBeGreaterThanOrEqual(600);
      if (sample.labels.length > 0)
        expect([...new Set(parts.test.map((e) => e.target))].sort()).toEqual(sample.labels);
    }
    const reviews = await load({ kind: 'sample', name: 'reviews' });
    expect(reviews.train[0]?.input).toMatch(/\n\nOptions: positive or negative\nWhat is the sentiment\?$/);
  });

  test('a sample that is not there', async () => {
    await expect(load({ kind: 'sample', name: 'nothing' })).rejects.toThrow(
      /^tasks\/nothing\/task\.json: the server answered 404/,
    );
  });
});

describe('files', () => {
  test('columns are guessed, missing parts are cut, problems are told', async () => {
    const problems: DataProblem[] = [];
    const data: TaskData = { kind: 'files', train: 'local/train.csv', validation: 'local/dev.tsv' };
    const parts = await load(data, [], (p) => problems.push(p));
    expect(parts.validation).toEqual([{ input: 'other words', target: 'l1' }]);
    expect([parts.train.length, parts.test.length]).toEqual([8, 2]);
    expect(problems.map((p) => p.message)).toEqual([expect.stringContaining('empty target')]);
  });

  test('names with signs that mean something in addresses; whole addresses', async () => {
    const split = { validation: 0, test: 0, seed: 0 };
    const one = await load({ kind: 'files', train: 'local/odd #1?.csv', mapping, split });
    expect(one.train).toHaveLength(2);
    const two = await load({ kind: 'files', train: `${baseUrl}local/train.csv`, mapping, split });
    expect(two.train).toHaveLength(10);
  });

  test.each([
    ['local/none.csv', 'local/none.csv: the server answered 404; there is no such file'],
    ['page/none.csv', 'page/none.csv: the server sent a web page instead of the file'],
    ['local/broken.csv', 'local/broken.csv, line 2, column 3: a quoted field opens here and never closes'],
    ['http://127.0.0.1:1/x.csv', 'http://127.0.0.1:1/x.csv: could not be fetched'],
  ])('%s is named in its error', async (train, message) => {
    await expect(load({ kind: 'files', train, mapping })).rejects.toThrow(message);
  });
});

describe('stored data', () => {
  const rows = Array.from({ length: 10 }, (_, i) => `words ${i},x\n`).join('');

  test('one file is split', async () => {
    const split = { validation: 0.2, test: 0.3, seed: 5 };
    const parts = await load({ kind: 'stored', id: 'd', mapping, split }, [
      file('mine.csv', `text,label\n${rows}`),
    ]);
    expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([5, 2, 3]);
  });

  test('several files say by name which part they are', async () => {
    const files = ['my-test.csv', 'my-train.csv', 'my-dev.csv'].map((name, i) =>
      file(name, `text,label\n${rows.repeat(i + 1)}`),
    );
    const parts = await load({ kind: 'stored', id: 'd', mapping }, files);
    expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([20, 30, 10]);
  });

  test.each([
    [[], '"My task" is gone'],
    [['a.csv', 'train.csv'], 'a.csv: which part is this?'],
    [['train.csv', 'training.csv'], 'training.csv: a second train file'],
    [['dev.csv', 'test.csv'], 'no training file'],
  ])('%j is refused', async (names, message) => {
    const files = names.map((name) => file(name, `text,label\n${rows}`));
    await expect(load({ kind: 'stored', id: 'd', mapping }, files)).rejects.toThrow(message);
  });
});

test('partOfFile reads only whole words of the name', () => {
  expect(
    ['data/train/x.csv', 'constraint.csv', 'snli_dev.tsv', 'TEST.jsonl', 'my.validation.csv'].map(partOfFile),
  ).toEqual([undefined, undefined, 'validation', 'test', 'validation']);
});
