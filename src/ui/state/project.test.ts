import { describe, expect, it, vi } from 'vitest';
import type { FileReader } from '../ports';
import { noticeText, Notices } from './notices.svelte';
import { Project } from './project.svelte';

vi.mock('../spoken.svelte', () => ({ spoken: (message: string) => `[${message}]` }));

const saved: [name: string, size: number][] = [];
vi.mock('../download', () => ({
  downloadStream: (name: string, _: string, size: number) => {
    saved.push([name, size]);
    return Promise.resolve(true);
  },
}));

const contents = { settings: {} };
const done = { runs: 1, checkpoints: 0, studies: 0, notes: ['A is here.', 'B is here.'] };

const plan = { fileName: 'lethe.zip', bytes: 5e8, notes: [] };

/** @param refused what a question is refused with */
function setUp(refused: Record<string, string> = {}) {
  const notices = new Notices();
  const answers: Record<string, unknown> = { openProject: contents, keepProject: done, projectPlan: plan };
  const asked: string[] = [];
  const files = {
    ask: (question: string) => {
      asked.push(question);
      return question in refused
        ? Promise.reject(new Error(refused[question]))
        : Promise.resolve(answers[question]);
    },
  } as unknown as FileReader;
  const project = new Project(
    () => Promise.resolve(files),
    notices,
    () => ({}),
    () => undefined,
  );
  return { project, notices, asked };
}

const file = new File([], 'project.zip');

describe('Project', () => {
  it('asks for a place by the plan on the screen, and for another plan where that is of other contents', async () => {
    const { project, asked } = setUp();
    void project.look(true);
    await vi.waitFor(() => expect(project.plan).toEqual(plan));
    await project.save(true);
    expect([asked, saved]).toEqual([['projectPlan'], [['lethe.zip', 5e8]]]);
    await project.save(false);
    expect(asked).toEqual(['projectPlan', 'projectPlan']);
  });

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
