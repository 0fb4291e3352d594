import { describe, expect, it } from 'vitest';
import { Heap } from './heap';

const bytesAt = (heap: Heap, address: number, bytes: number): Uint8Array =>
  new Uint8Array(heap.memory.buffer, address, bytes);

describe('heap', () => {
  it('gives aligned blocks of zeros that do not overlap, whatever came and went before', () => {
    const heap = new Heap(false);
    const live = new Map<number, number>();
    let state = 1;
    const below = (n: number): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n;
    for (let i = 0; i < 1000; i++) {
      if (live.size > 0 && below(5) < 2) {
        const address = [...live.keys()][below(live.size)]!;
        heap.release(address);
        live.delete(address);
        continue;
      }
      const bytes = 1 + below(5000);
      const address = heap.allocate(bytes, 'test');
      expect(address % 64).toBe(0);
      const apart = ([other, length]: [number, number]): boolean =>
        address + bytes <= other || other + length <= address;
      if (![...live].every(apart)) expect.fail(`the block at ${address} lies over another`);
      if (bytesAt(heap, address, bytes).some((x) => x !== 0)) expect.fail('a block is not zero');
      bytesAt(heap, address, bytes).fill(255);
      live.set(address, bytes);
    }
    for (const address of live.keys()) heap.release(address);
    expect([heap.used, heap.blocks]).toEqual([0, 0]);
  });

  it('uses freed memory again instead of growing', () => {
    const heap = new Heap(false);
    const churn = (): void => {
      const blocks = [1e6, 3e6, 2e6].map((bytes) => heap.allocate(bytes, 'test'));
      for (const address of blocks) heap.release(address);
    };
    churn();
    const { byteLength } = heap.memory.buffer;
    for (let i = 0; i < 50; i++) churn();
    expect(heap.memory.buffer.byteLength).toBe(byteLength);
  });

  it('says what did not fit and how much there is', () => {
    const heap = new Heap(false, 64);
    const small = heap.allocate(2 ** 20, 'small');
    expect(() => heap.allocate(8 * 2 ** 20, 'weights')).toThrow(
      /weights needs 8\.0 MiB; 1\.0 MiB are in use and .* \(its limit is 4\.0 MiB\)/,
    );
    heap.release(small);
    expect(() => heap.allocate(3 * 2 ** 20, 'weights')).not.toThrow();
    expect(() => heap.release(small + 64)).toThrow(RangeError);
  });
});
