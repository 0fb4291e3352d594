import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { copyAndSay } from './clipboard';
import { Notices } from './state/notices.svelte';

interface Field {
  value: string;
  select: () => void;
  remove: () => void;
}

/** What lies on the clipboard. */
let copied: string | null;
/** Whether the older way is let through. */
let allowed: boolean;
/** Where the field that is copied from was put. */
let put: string[];

beforeEach(() => {
  copied = null;
  allowed = true;
  put = [];
  let selected: Field | null = null;
  const place = (name: string) => ({ append: () => put.push(name) });
  vi.stubGlobal('HTMLElement', Array);
  vi.stubGlobal('document', {
    activeElement: { closest: () => null },
    body: place('body'),
    createElement: (): Field => {
      const field: Field = { value: '', select: () => (selected = field), remove: () => (selected = null) };
      return field;
    },
    execCommand: () => {
      if (allowed) copied = selected?.value ?? null;
      return allowed;
    },
  });
  // As on http://192.168.0.2.
  vi.stubGlobal('navigator', {});
});
afterEach(() => vi.unstubAllGlobals());

async function copy(): Promise<Notices> {
  const notices = new Notices();
  await copyAndSay(notices, 'http://192.168.0.2/#/bench', 'The link is copied.');
  return notices;
}

describe('copyAndSay', () => {
  it('copies by way of a selection where there is no clipboard, and says so', async () => {
    const notices = await copy();
    expect([copied, put, notices.said, notices.list]).toEqual([
      'http://192.168.0.2/#/bench',
      ['body'],
      'The link is copied.',
      [],
    ]);
  });

  it('selects within the dialog that has the focus, which would take it back', async () => {
    const dialog = { append: () => put.push('dialog') };
    Object.assign(document, { activeElement: { closest: () => dialog } });
    await copy();
    expect([copied, put]).toEqual(['http://192.168.0.2/#/bench', ['dialog']]);
  });

  it('says that nothing could be copied, and not that it was', async () => {
    allowed = false;
    const notices = await copy();
    expect([copied, notices.said]).toEqual([null, '']);
    expect(notices.list).toMatchObject([{ kind: 'info', text: expect.stringMatching(/by hand/) as string }]);
  });

  it('takes the older way where the clipboard refuses', async () => {
    vi.stubGlobal('navigator', { clipboard: { writeText: () => Promise.reject(new Error('no focus')) } });
    expect((await copy()).said).toBe('The link is copied.');
  });
});
