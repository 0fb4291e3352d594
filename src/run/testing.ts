/** What tests of runs, and of whoever holds them, share. */

/** Web Locks as the specification has them, as far as they are used: exclusive, in the order of the requests. */
export function fakeLocks(): LockManager {
  const held = new Set<string>();
  const waiting: { name: string; wake: () => void }[] = [];
  const request = async (
    name: string,
    { signal }: { signal: AbortSignal },
    take: (lock: Lock) => unknown,
  ) => {
    while (held.has(name))
      await new Promise<void>((wake, reject) => {
        waiting.push({ name, wake });
        signal.addEventListener('abort', () => reject(new DOMException('no longer wanted', 'AbortError')));
      });
    held.add(name);
    try {
      return await take({ name, mode: 'exclusive' });
    } finally {
      held.delete(name);
      waiting.filter((other) => other.name === name).forEach(({ wake }) => wake());
    }
  };
  const query = () => Promise.resolve({ held: [...held].map((name) => ({ name })), pending: [] });
  return { request, query } as unknown as LockManager;
}
