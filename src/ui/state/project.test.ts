import { describe, expect, it, vi } from 'vitest';
import type { FileReader } from '../ports';
import { noticeText, Notices } from './notices.svelte';
import { Project } from './project.svelte';

vi.mock('../spoken.svelte', () => ({ spoken: (message: string) => `[${message}]` }));

const contents = { settings: {} };
const done = { runs: 1, checkpoints: 0, studies: 0, notes: ['A is here.', 'B is here.'] };

/** @param refused what a question is refused with */
function setUp(refused: Record<string, string> = {}) {
  const notices = new Notices();
  const answers: Record<string, unknown> = { openProject: contents, keepProject: done };
  const files = {
    ask: (question: string) =>
      question in refused ? Promise.reject(new Error(refused[question])) : Promise.resolve(answers[question]),
  } as unknown as FileReader;
  const project = new Project(
    () => Promise.resolve(files),
    notices,
    () => ({}),
    () => undefined,
  );
  return { project, notices };
}

const file = new File([], 'project.zip');

describe('Project', () => {
  it('says all that it found of a project in one notice', async () => {
    const { project, notices } = setUp();
    await project.open(file);
    await project.bringIn('mine', false);
    expect(notices.list.map(noticeText)).toEqual([
      '1 run, 0 checkpoints, 0 studies came in. [A is here.] [B is here.]',
    ]);
    expect(project.opened).toBeNull();
  });

  it('says why a file could not be opened, and in the dialog why it could not be kept', async () => {
    const { project, notices } = setUp({ keepProject: 'no room' });
    await project.open(file);
    await project.bringIn('mine', false);
    expect([project.trouble, notices.list]).toEqual(['[no room]', []]);
    const other = setUp({ openProject: 'no zip' });
    await other.project.open(file);
    expect(other.notices.list.map(noticeText)).toEqual(['project.zip could not be opened: [no zip]']);
  });
});
