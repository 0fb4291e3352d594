import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { downloadStream } from './download';

const MB = 1 << 20;
/** Above what a page holds at once. */
const size = 300 * MB;

/** A place on the disk that takes its time. */
function place() {
  const written: number[] = [];
  const seen = { closed: false, aborted: false };
  const handle = {
    createWritable: () =>
      Promise.resolve({
        write: async (piece: Uint8Array) => {
          await new Promise((resolve) => setTimeout(resolve, 0));
          written.push(piece.length);
        },
        close: () => Promise.resolve(void (seen.closed = true)),
        abort: () => Promise.resolve(void (seen.aborted = true)),
      }),
    getFile: () => Promise.resolve(new Blob(['made before'])),
  };
  return { handle, written, seen };
}

const clicked: { name: string; url: string }[] = [];
beforeEach(() => {
  clicked.length = 0;
  const link = () => ({
    href: '',
    download: '',
    click() {
      clicked.push({ name: this.download, url: this.href });
    },
  });
  vi.stubGlobal('document', { createElement: link });
});
afterEach(() => vi.unstubAllGlobals());

/** Pieces of one megabyte, and how many of them were asked for. */
function source(count: number, failAt = Infinity) {
  const asked = { count: 0 };
  const pieces = async function* () {
    for (; asked.count < count; asked.count += 1) {
      if (asked.count === failAt) throw new Error('the disk of the store broke');
      yield await Promise.resolve(new Uint8Array(MB));
    }
  };
  return { asked, pieces };
}

describe('a large file', () => {
  test('goes straight to the place that the person names, a piece at a time', async () => {
    const { handle, written, seen } = place();
    const { asked, pieces } = source(8);
    const most = { ahead: 0 };
    const write = vi.fn(() => {
      most.ahead = Math.max(most.ahead, asked.count - written.length);
    });
    vi.stubGlobal('showSaveFilePicker', (options: unknown) => {
      expect(options).toEqual({ suggestedName: 'large.zip' });
      // The person is asked first: nothing is read before.
      expect(asked.count).toBe(0);
      return Promise.resolve(handle);
    });
    const watched = async function* () {
      for await (const piece of pieces()) {
        write();
        yield piece;
      }
    };
    expect(await downloadStream('large.zip', 'application/zip', size, watched)).toBe(true);
    expect([written, seen.closed]).toEqual([new Array(8).fill(MB), true]);
    expect(write).toHaveBeenCalledTimes(8);
    expect(most.ahead).toBeLessThanOrEqual(1);
    expect(clicked).toEqual([]);
  });

  test('is not begun where the person changes their mind', async () => {
    const { asked, pieces } = source(8);
    vi.stubGlobal('showSaveFilePicker', () => Promise.reject(new DOMException('no', 'AbortError')));
    expect(await downloadStream('large.zip', 'application/zip', size, pieces)).toBe(false);
    expect(asked.count).toBe(0);
  });

  test('leaves no half of itself where its source fails', async () => {
    const { handle, seen } = place();
    vi.stubGlobal('showSaveFilePicker', () => Promise.resolve(handle));
    const { pieces } = source(8, 3);
    await expect(downloadStream('large.zip', 'application/zip', size, pieces)).rejects.toThrow('broke');
    expect(seen).toEqual({ closed: false, aborted: true });
  });

  test('becomes a file of the page’s own where no place can be asked for', async () => {
    const { handle, written } = place();
    const folder = { getFileHandle: () => Promise.resolve(handle) };
    const root = { getDirectoryHandle: () => Promise.resolve(folder) };
    vi.stubGlobal('navigator', { storage: { getDirectory: () => Promise.resolve(root) } });
    expect(await downloadStream('large.zip', 'application/zip', size, source(5).pieces)).toBe(true);
    expect(written).toHaveLength(5);
    expect(clicked).toEqual([{ name: 'large.zip', url: expect.stringMatching(/^blob:/) as string }]);
  });
});

test('a small file is a download at once', async () => {
  vi.stubGlobal('showSaveFilePicker', () => Promise.reject(new Error('asked')));
  expect(await downloadStream('small.zip', 'application/zip', 2 * MB, source(2).pieces)).toBe(true);
  expect(clicked.map(({ name }) => name)).toEqual(['small.zip']);
});
