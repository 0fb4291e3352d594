import { describe, expect, test } from 'vitest';
import { apiAddress, fileAddress, parseHubRepo, repoLabel } from './address';
import { hubAddresses } from './bases.mjs';

const base = 'https://hub.test';
const parse = (text: string, kind: 'models' | 'datasets' = 'models') => parseHubRepo(text, kind, base);

describe('names of repositories', () => {
  test.each([
    ['google/flan-t5-small', 'google/flan-t5-small', 'main'],
    ['  google/flan-t5-small@v1 ', 'google/flan-t5-small', 'v1'],
    ['t5-small', 't5-small', 'main'],
    [`${base}/google/flan-t5-small`, 'google/flan-t5-small', 'main'],
    [`${base}/google/flan-t5-small/tree/refs%2Fpr%2F3`, 'google/flan-t5-small', 'refs/pr/3'],
    [`${base}/google/flan-t5-small/blob/main/config.json?x=1#y`, 'google/flan-t5-small', 'main'],
  ])('%s', (text, id, revision) => {
    expect(parse(text)).toEqual({ kind: 'models', id, revision });
  });

  test('of a dataset', () => {
    expect(parse(`${base}/datasets/knkarthick/dialogsum`, 'datasets').id).toBe('knkarthick/dialogsum');
    expect(() => parse(`${base}/datasets/knkarthick/dialogsum`)).toThrow(/a dataset, not a model/);
  });

  test.each(['', 'a b', 'a/b/c', '../etc', 'a/..', 'a//b'])('%j is refused', (text) => {
    expect(() => parse(text)).toThrow(/expected owner\/name/);
  });

  test('any other address is to be downloaded and dropped', () => {
    expect(() => parse('https://elsewhere.test/google/flan-t5-small')).toThrow(
      /reads from https:\/\/hub\.test alone.*download it, then drop it here/,
    );
    expect(() => parse('https://hub.test.evil.test/a/b')).toThrow(/drop it here/);
  });
});

test('addresses keep a revision with slashes apart from the path', () => {
  const repo = { kind: 'datasets' as const, id: 'a/b', revision: 'refs/convert/parquet' };
  expect(fileAddress(repo, repo.revision, 'default/train/0.parquet', base)).toBe(
    'https://hub.test/datasets/a/b/resolve/refs%2Fconvert%2Fparquet/default/train/0.parquet',
  );
  expect(apiAddress(repo, 'tree/main', base)).toBe('https://hub.test/api/datasets/a/b/tree/main');
  expect(repoLabel(repo)).toBe('a/b@refs/convert/parquet');
});

test('the build decides which Hub it is', () => {
  expect(hubAddresses({}).base).toBe('https://huggingface.co');
  expect(hubAddresses({}).origins).toContain('https://*.hf.co');
  expect(hubAddresses({ VITE_HUB: 'https://school.test/hub/' })).toEqual({
    base: 'https://school.test/hub',
    origins: ['https://school.test'],
  });
  expect(
    hubAddresses({
      VITE_HUB: 'http://localhost:1',
      VITE_HUB_STORAGE: 'http://localhost:2 http://localhost:3',
    }).origins,
  ).toEqual(['http://localhost:1', 'http://localhost:2', 'http://localhost:3']);
});
