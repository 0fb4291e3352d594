/**
 * Levers inside the trainer, for faults that no button makes. Workers start from a blob that imports their script;
 * the tests' browser adds a few lines to that blob, and the page itself stays as it was built.
 */
import type { BrowserContext, Page } from 'playwright-core';

/** Runs in every worker of the page. */
const lever = `
{
  const channel = new BroadcastChannel('faults');
  const devices = [];
  const memories = [];
  if (self.GPUAdapter) {
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...given) {
      const device = await requestDevice.apply(this, given);
      devices.push(device);
      return device;
    };
  }
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(...given) {
      super(...given);
      memories.push(new WeakRef(this));
    }
  };
  if (self.name === 'trainer') {
    const told = new BroadcastChannel('faults-writes');
    const writer = crypto.randomUUID().slice(0, 8);
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...given) {
      told.postMessage({ writer, at: performance.timeOrigin + performance.now() });
      return put.apply(this, given);
    };
  }
  let shift = 0;
  const Plain = Date;
  self.Date = class extends Plain {
    constructor(...given) {
      if (given.length > 0) super(...given);
      else super(Plain.now() + shift);
    }
    static now() {
      return Plain.now() + shift;
    }
  };
  channel.onmessage = ({ data }) => {
    if (data.pull === 'clock') shift += data.by;
    if (self.name !== 'trainer') return;
    if (data.pull === 'destroy') devices.splice(0).forEach((device) => device.destroy());
    if (data.pull === 'crash') setTimeout(() => { throw new Error('a fault of the test'); });
    if (data.pull === 'close') self.close();
    if (data.pull === 'hang') for (;;);
    if (data.pull === 'measure') {
      const alive = memories.flatMap((ref) => ref.deref() ?? []);
      channel.postMessage({ memories: alive.length, bytes: alive.reduce((sum, m) => sum + m.buffer.byteLength, 0) });
    }
  };
}`;

/** To be called before the page is opened. */
export async function addLevers(context: BrowserContext): Promise<void> {
  await context.addInitScript((added) => {
    const { Blob: Plain } = window;
    window.Blob = class extends Plain {
      constructor(parts: BlobPart[] = [], options?: BlobPropertyBag) {
        const [first] = parts;
        const starter = typeof first === 'string' && first.startsWith('import ');
        super(starter ? [...parts, added] : parts, options);
      }
    };
  }, lever);
}

export type Lever = 'destroy' | 'crash' | 'close' | 'hang';

export const pull = (page: Page, which: Lever): Promise<void> =>
  page.evaluate((name) => {
    const channel = new BroadcastChannel('faults');
    channel.postMessage({ pull: name });
    channel.close();
  }, which);

/** Sets the clock of the page and its workers, as far as they ask it for the date. @param by milliseconds */
export const setClock = (page: Page, by: number): Promise<void> =>
  page.evaluate((step) => {
    const Before = Date;
    window.Date = class extends Before {
      constructor(...given: unknown[]) {
        // As the date of now, or as whoever asks wants it.
        if (given.length > 0) super(...(given as [number]));
        else super(Before.now() + step);
      }
      static override now(): number {
        return Before.now() + step;
      }
    } as DateConstructor;
    const channel = new BroadcastChannel('faults');
    channel.postMessage({ pull: 'clock', by: step });
    channel.close();
  }, by);

/** The WebAssembly memories that the trainer holds. */
export const trainerMemory = (page: Page): Promise<{ memories: number; bytes: number }> =>
  page.evaluate(
    () =>
      new Promise<{ memories: number; bytes: number }>((resolve) => {
        const channel = new BroadcastChannel('faults');
        channel.onmessage = (event: MessageEvent<{ memories: number; bytes: number }>) => {
          channel.close();
          resolve(event.data);
        };
        channel.postMessage({ pull: 'measure' });
      }),
  );
