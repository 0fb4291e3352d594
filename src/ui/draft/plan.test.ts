import { describe, expect, it } from 'vitest';
import { groupFiles, moved, roleOf, stageSteps, taskId, withRehearsed, withRole } from './plan';

const stage = { unit: 'steps' as const, amount: 100 };

describe('roles', () => {
  it('are one a task', () => {
    let form = withRole({ stages: [], watched: [], rehearsed: [] }, 'a', 'train', stage);
    form = withRole(form, 'b', 'watch', stage);
    expect([roleOf(form, 'a'), roleOf(form, 'b'), roleOf(form, 'c')]).toEqual(['train', 'watch', 'off']);
    form = withRole(form, 'b', 'train', stage);
    expect(form).toEqual({
      stages: [
        { task: 'a', ...stage },
        { task: 'b', ...stage },
      ],
      watched: [],
      rehearsed: [],
    });
    form = withRole(withRole(form, 'a', 'watch', stage), 'b', 'off', stage);
    expect(form).toEqual({ stages: [], watched: ['a'], rehearsed: [] });
    expect(withRole(form, 'a', 'watch', stage)).toBe(form);
  });
});

describe('old data of watched tasks', () => {
  it('may be used or not, task by task, and only while the task is watched', () => {
    let form = withRehearsed({ stages: [], watched: ['a', 'b'], rehearsed: [] }, 'b', true);
    expect(form.rehearsed).toEqual(['b']);
    form = withRehearsed(form, 'a', true);
    expect(form.rehearsed).toEqual(['a', 'b']);
    expect(withRehearsed(form, 'c', true).rehearsed).toEqual(['a', 'b']);
    expect(withRehearsed(form, 'b', false).rehearsed).toEqual(['a']);
    expect(withRole(form, 'a', 'train', stage).rehearsed).toEqual(['b']);
    expect(withRole(form, 'b', 'off', stage).rehearsed).toEqual(['a']);
  });
});

describe('moved', () => {
  it('moves up and down and stops at the ends', () => {
    const list = ['a', 'b', 'c'];
    expect(moved(list, 0, 2)).toEqual(['b', 'c', 'a']);
    expect(moved(list, 2, 0)).toEqual(['c', 'a', 'b']);
    expect(moved(list, 0, -1)).toBe(list);
    expect(moved(list, 0, 3)).toBe(list);
    expect(moved(list, 1, 1)).toBe(list);
  });
});

describe('stageSteps', () => {
  it('turns epochs into steps once the rows are known', () => {
    expect(stageSteps({ task: 'a', unit: 'steps', amount: 40 }, undefined, 8)).toBe(40);
    expect(stageSteps({ task: 'a', unit: 'epochs', amount: 2 }, 600, 8)).toBe(150);
    expect(stageSteps({ task: 'a', unit: 'epochs', amount: 0.01 }, 100, 8)).toBe(1);
    expect(stageSteps({ task: 'a', unit: 'epochs', amount: 2 }, undefined, 8)).toBeNull();
    expect(stageSteps({ task: 'a', unit: 'steps', amount: null }, 600, 8)).toBeNull();
  });
});

describe('taskId', () => {
  it('is plain and never taken', () => {
    expect(taskId('Reviews (2).csv', [])).toBe('reviews-2');
    expect(taskId('reviews', ['reviews', 'reviews-2'])).toBe('reviews-3');
    expect(taskId('日本語', [])).toBe('task');
    for (const name of ['-x-', 'A'.repeat(200), 'é.é.json'])
      expect(taskId(name, [])).toMatch(/^[a-z0-9][a-z0-9-]{0,63}$/);
  });
});

describe('groupFiles', () => {
  const files = (...names: string[]) => names.map((name) => ({ name }));
  it('takes the parts of one task together', () => {
    expect(groupFiles(files('news.test.csv', 'news.train.csv', 'news_dev.csv'))).toEqual([
      {
        train: { name: 'news.train.csv' },
        validation: { name: 'news_dev.csv' },
        test: { name: 'news.test.csv' },
      },
    ]);
  });
  it('takes everything else for a task each', () => {
    for (const names of [
      ['a.csv', 'b.csv'],
      ['a.train.csv', 'b.train.csv'],
      ['a.train.csv', 'b.csv'],
      ['a.test.csv', 'a.dev.csv'],
      ['a.train.csv'],
    ])
      expect(groupFiles(files(...names))).toEqual(names.map((name) => ({ train: { name } })));
  });
});
