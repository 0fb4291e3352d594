import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StoreError } from './store';
import { bytes, chunkKeys, emptyDisk, openSmall, raw, stream, TabLocks } from './testing';

let disk: IDBFactory;
beforeEach(() => {
  disk = emptyDisk();
  // Only the clock: a dead tab renews nothing, and the timers of the tests must run.
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A write that stops after two chunks until it is told how to end. */
function stuckWrite() {
  let end: (error?: Error) => void = () => undefined;
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  let stuck: () => void = () => undefined;
  const isStuck = new Promise<void>((resolve) => (stuck = resolve));
  async function* content() {
    yield bytes(128, 5);
    // Asked for more, so both chunks are on the disk.
    stuck();
    const error = await ended;
    if (error) throw error;
    yield bytes(10, 6);
  }
  return { content: content(), end, isStuck };
}

const leases = () => raw(disk, 'leases', 'readonly', (store) => store.getAllKeys());

test.each(['locks', 'times'])('a tab that died while writing is swept up after (%s)', async (kind) => {
  const locks = () => (kind === 'locks' ? new TabLocks() : null);
  const tab = locks();
  const store = await openSmall(disk, { locks: tab?.manager ?? null });
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300) }]);
  const good = await chunkKeys(disk);
  const write = stuckWrite();
  const dying = store.folders.keep('m', 'model', [{ path: 'a', content: write.content }]);
  await write.isStuck;
  expect(await chunkKeys(disk)).toHaveLength(good.length + 2);

  // Alive, so another tab leaves it be.
  const second = await openSmall(disk, { locks: locks()?.manager ?? null });
  expect(await second.swept).toBe(0);
  second.close();

  tab?.die();
  vi.setSystemTime(1_000_000 + 61_000);
  const third = await openSmall(disk, { locks: locks()?.manager ?? null });
  expect(await third.swept).toBe(1);
  expect(await chunkKeys(disk)).toEqual(good);
  expect(await leases()).toEqual([]);
  expect(await third.folders.readWhole('m', 'a')).toEqual(bytes(300));
  third.close();

  write.end(new Error('over'));
  await expect(dying).rejects.toThrow('over');
  store.close();
});

test('a writer that was taken for dead says so instead of keeping a folder with holes', async () => {
  const store = await openSmall(disk);
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300) }]);
  const write = stuckWrite();
  const sleeping = store.folders.keep('m', 'model', [{ path: 'a', content: write.content }]);
  await write.isStuck;
  vi.setSystemTime(1_000_000 + 61_000);
  const other = await openSmall(disk);
  write.end();
  await expect(sleeping).rejects.toMatchObject({ code: 'conflict' });
  await expect(sleeping).rejects.toBeInstanceOf(StoreError);
  expect(await store.folders.readWhole('m', 'a')).toEqual(bytes(300));
  expect(await chunkKeys(disk)).toHaveLength(5);
  other.close();
  store.close();
});

test('a death between the flip and the removal of the old chunks leaves the new folder', async () => {
  const store = await openSmall(disk);
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300) }]);
  const remove = vi.spyOn(IDBObjectStore.prototype, 'delete').mockImplementation(() => {
    throw new DOMException('gone', 'UnknownError');
  });
  await store.folders.keep('m', 'model', [{ path: 'a', content: stream(bytes(100, 2)) }]);
  remove.mockRestore();
  expect(await chunkKeys(disk)).toHaveLength(5 + 2);
  vi.setSystemTime(1_000_000 + 61_000);
  const next = await openSmall(disk);
  expect(await next.swept).toBe(1);
  expect(await chunkKeys(disk)).toHaveLength(2);
  expect(await next.folders.readWhole('m', 'a')).toEqual(bytes(100, 2));
  expect(await leases()).toEqual([]);
  next.close();
  store.close();
});

test('finished writes leave no lease', async () => {
  const tab = new TabLocks();
  const store = await openSmall(disk, { locks: tab.manager });
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300) }]);
  expect(await leases()).toEqual([]);
  expect((await tab.query()).held).toEqual([]);
  store.close();
});

test.each([-365, 365])('a clock that is set by %d days takes no write of a tab that lives', async (days) => {
  const store = await openSmall(disk);
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300) }]);
  const write = stuckWrite();
  const writing = store.folders.keep('m', 'model', [{ path: 'a', content: write.content }]);
  await write.isStuck;
  vi.setSystemTime(1_000_000 + days * 86_400_000);
  const other = await openSmall(disk);
  write.end();
  // Set forwards, the lease looks old and the write is cleared away: then it says so, and what was kept stands.
  const kept = await writing.then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'conflict' });
      return false;
    },
  );
  expect(kept).toBe(days < 0);
  if (!kept) expect(await store.folders.readWhole('m', 'a')).toEqual(bytes(300));
  else expect(await store.folders.readWhole('m', 'a')).toHaveLength(128 + 10);
  expect(await leases()).toEqual([]);
  other.close();
  store.close();
});

test('a clock that is set back does not keep the chunks of a dead tab for as long', async () => {
  const store = await openSmall(disk);
  const write = stuckWrite();
  const dying = store.folders.keep('m', 'model', [{ path: 'a', content: write.content }]);
  await write.isStuck;
  const then = 1_000_000 - 365 * 86_400_000;
  vi.setSystemTime(then);
  const second = await openSmall(disk);
  expect(await second.swept).toBe(0);
  second.close();
  vi.setSystemTime(then + 61_000);
  const third = await openSmall(disk);
  expect(await third.swept).toBe(1);
  expect(await chunkKeys(disk)).toEqual([]);
  third.close();
  write.end(new Error('over'));
  await expect(dying).rejects.toThrow('over');
  store.close();
});
