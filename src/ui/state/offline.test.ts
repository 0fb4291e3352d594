import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noticeText, Notices } from './notices.svelte';
import { Offline } from './offline.svelte';

/** What the browser tells of the service worker, by the event's name. */
const listeners = new Map<string, () => void>();
let skipped: number;
vi.mock('workbox-window', () => ({
  Workbox: class {
    addEventListener(name: string, listener: () => void) {
      listeners.set(name, listener);
    }
    messageSkipWaiting() {
      skipped++;
    }
    register() {
      return Promise.resolve(undefined);
    }
  },
}));

const reload = vi.fn();
beforeEach(() => {
  listeners.clear();
  skipped = 0;
  reload.mockClear();
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('location', { reload });
  vi.stubGlobal('origin', 'https://lethe.test');
  vi.stubGlobal('crossOriginIsolated', true);
});
afterEach(() => vi.unstubAllGlobals());

/** @param controlled whether a service worker answers for the page from its start */
async function opened(controlled: boolean) {
  const serviceWorker = { controller: controlled ? {} : null, ready: Promise.resolve() };
  vi.stubGlobal('navigator', { serviceWorker });
  const notices = new Notices();
  const offline = new Offline(notices, () => true);
  await offline.open('https://lethe.test/serviceWorker.js');
  const told = (event: string) => listeners.get(event)!();
  return { notices, offline, told, texts: () => notices.list.map(noticeText) };
}

describe('a new version', () => {
  it('that another tab took is told of in place of its offer, with a reload that nobody is forced to', async () => {
    const { notices, told, texts } = await opened(true);
    told('waiting');
    expect(texts()).toEqual(['A new version of this page is ready.']);
    told('controlling');
    expect(texts()).toEqual([expect.stringContaining('updated in another tab')]);
    expect(reload).not.toHaveBeenCalled();
    notices.list[0]!.action!.run();
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it('that this tab took reloads it, without a word', async () => {
    const { notices, told, texts } = await opened(true);
    told('waiting');
    notices.list[0]!.action!.run();
    expect([skipped, reload.mock.calls.length]).toEqual([1, 0]);
    told('controlling');
    expect(reload).toHaveBeenCalledTimes(1);
    expect(texts()).toEqual(['A new version of this page is ready.']);
  });

  it('is none where the first service worker takes over, but is from then on', async () => {
    const { told, texts } = await opened(false);
    told('controlling');
    expect(texts()).toEqual([]);
    told('controlling');
    expect(texts()).toEqual([expect.stringContaining('updated in another tab')]);
  });
});

it('says of a part that cannot be loaded why, and how it can be had', async () => {
  const { offline, notices, texts } = await opened(true);
  expect(await offline.part(() => Promise.resolve(7))).toBe(7);
  expect(texts()).toEqual([]);
  expect(await offline.part(() => Promise.reject<number>(new Error('Failed to fetch')))).toBeUndefined();
  expect(texts()).toEqual([expect.stringMatching(/another tab.* Failed to fetch$/)]);
  notices.list[0]!.action!.run();
  expect(reload).toHaveBeenCalledTimes(1);
});
