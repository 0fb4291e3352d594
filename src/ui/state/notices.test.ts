import { describe, expect, it, vi } from 'vitest';
import { CalledOff } from '../../run/calledOff';
import { noticeText, Notices } from './notices.svelte';

// What is looked up among the worker's messages shows.
vi.mock('../spoken.svelte', () => ({ spoken: (message: string) => `[${message}]` }));

const action = { label: 'Cancel', run: () => undefined };
const texts = (notices: Notices) => notices.list.map(noticeText);

describe('Notices', () => {
  it('keep what was said as it was, and put it into the language of the page where it is shown, once', async () => {
    const notices = new Notices();
    await notices.guard(() => Promise.reject(new Error('no room')), 'Kurt’s run could not be kept');
    expect(notices.list).toMatchObject([{ text: 'Kurt’s run could not be kept', why: ['no room'] }]);
    notices.show('info', '2 runs came in.', { why: ['One is here.', 'Another is going on.'] });
    notices.show('error', '', { why: ['No room.'] });
    notices.show('info', 'The plan is set up.');
    expect(texts(notices)).toEqual([
      'Kurt’s run could not be kept: [no room]',
      '2 runs came in. [One is here.] [Another is going on.]',
      '[No room.]',
      'The plan is set up.',
    ]);
  });

  it('do not call a failure what a person called off', async () => {
    const notices = new Notices();
    await notices.guard(() => Promise.reject(new CalledOff('Stopped; it is as it was.')), 'It failed');
    expect(notices.list).toMatchObject([{ kind: 'info', text: '', why: ['Stopped; it is as it was.'] }]);
  });

  it('say the same once, and the same for another reason again', () => {
    const notices = new Notices();
    const first = notices.show('error', 'It failed', { why: ['no room'] });
    expect(notices.show('error', 'It failed', { why: ['no room'] })).toBe(first);
    notices.show('error', 'It failed', { why: ['no network'] });
    expect(texts(notices)).toEqual(['It failed: [no room]', 'It failed: [no network]']);
  });

  it('make room for new ones, but never at the cost of one with a button', () => {
    const notices = new Notices();
    const saving = notices.show('info', 'a.zip is being saved.', { action });
    for (let i = 1; i <= 6; i++) notices.show('info', `${i}`);
    expect(texts(notices)).toEqual(['a.zip is being saved.', '3', '4', '5', '6']);
    for (let i = 1; i <= 5; i++) notices.show('info', `${i}.zip is being saved.`, { action });
    expect(notices.list).toHaveLength(10);
    notices.dismiss(saving);
    expect(notices.list).toHaveLength(9);
  });
});
