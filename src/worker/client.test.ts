import { beforeEach, describe, expect, test } from 'vitest';
import { newRecord } from '../continual/record';
import { fakeConfig } from '../continual/testing';
import { CalledOff } from '../run/calledOff';
import { TrainerClient } from './client';
import type { Command, Event } from './protocol';

/** The worker's side of the conversation, spoken by the test. */
class FakeWorker {
  static all: FakeWorker[] = [];
  readonly heard: Command[] = [];
  terminated = false;
  onmessage: ((message: MessageEvent<Event>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  onmessageerror: (() => void) | null = null;

  constructor() {
    FakeWorker.all.push(this);
  }

  postMessage(command: Command): void {
    this.heard.push(command);
  }

  terminate(): void {
    this.terminated = true;
  }

  say(event: Event): void {
    this.onmessage?.({ data: event } as MessageEvent<Event>);
  }

  crash(message: string): void {
    this.onerror?.({ message, preventDefault: () => undefined } as ErrorEvent);
  }
}

const record = newRecord('r', fakeConfig(), '');

function clientWith(lastKnown = () => Promise.resolve({ ...record, step: 5 })) {
  const client = new TrainerClient({
    baseUrl: 'https://example.test/app/',
    lastKnown,
    createWorker: () => new FakeWorker() as unknown as Worker,
  });
  const events: Event[] = [];
  client.onEvent((event) => events.push(event));
  return { client, events };
}

const worker = (): FakeWorker => FakeWorker.all.at(-1)!;

beforeEach(() => {
  FakeWorker.all = [];
});

async function started() {
  const { client, events } = clientWith();
  const start = client.start('r', record.config);
  worker().say({ type: 'answered', id: 1, value: { of: 'start', result: record } });
  expect(await start).toEqual(record);
  return { client, events };
}

describe('the conversation', () => {
  test('begins with the base address, in a worker made by the first command', async () => {
    const { client } = clientWith();
    expect(FakeWorker.all).toHaveLength(0);
    const probe = client.probe();
    expect(worker().heard).toEqual([
      { type: 'open', baseUrl: 'https://example.test/app/' },
      { type: 'probe', id: 1 },
    ]);
    const found = {
      webgpu: { available: false, software: false, description: '' },
      wasm: { available: true, simd: true, threads: 1 },
      choice: 'wasm' as const,
      why: 'it is there',
    };
    worker().say({ type: 'answered', id: 1, value: { of: 'probe', probe: found } });
    expect(await probe).toEqual(found);
    client.pause();
    expect(FakeWorker.all).toHaveLength(1);
  });

  test('answers find their questions, in any order', async () => {
    const { client } = clientWith();
    const first = client.start('r', record.config);
    const second = client.resume('s');
    worker().say({ type: 'refused', id: 2, message: 'no such run' });
    worker().say({ type: 'answered', id: 1, value: { of: 'start', result: record } });
    await expect(second).rejects.toThrow(new Error('no such run'));
    expect(await first).toEqual(record);
  });

  test('what a person called off is told from what was refused', async () => {
    const { client } = clientWith();
    const resumed = client.resume('s');
    worker().say({ type: 'refused', id: 1, message: 'stopped', calledOff: true });
    await expect(resumed).rejects.toThrow(new CalledOff('stopped'));
  });

  test('events reach every listener until it leaves', async () => {
    const { client, events } = await started();
    const more: Event[] = [];
    const leave = client.onEvent((event) => more.push(event));
    worker().say({ type: 'losses', runId: 'r', from: 0, values: [1] });
    leave();
    worker().say({ type: 'losses', runId: 'r', from: 1, values: [2] });
    expect([events.length, more.length]).toEqual([2, 1]);
  });

  test('an export comes piece by piece and ends with its name', async () => {
    const { client } = clientWith();
    const pieces = client.exportCheckpoint('r', 'stage-1');
    const first = pieces.next();
    worker().say({ type: 'chunk', id: 1, bytes: Uint8Array.of(1, 2) });
    worker().say({ type: 'chunk', id: 1, bytes: Uint8Array.of(3) });
    expect((await first).value).toEqual(Uint8Array.of(1, 2));
    expect((await pieces.next()).value).toEqual(Uint8Array.of(3));
    const last = pieces.next();
    worker().say({ type: 'answered', id: 1, value: { of: 'export', fileName: 'a.zip', bytes: 3 } });
    expect(await last).toEqual({ done: true, value: { fileName: 'a.zip', bytes: 3 } });
  });

  test('an export that is refused throws where it is read', async () => {
    const { client } = clientWith();
    const next = client.exportCheckpoint('r', 'stage-1').next();
    worker().say({ type: 'refused', id: 1, message: 'gone' });
    await expect(next).rejects.toThrow('gone');
  });
});

describe('a worker that dies', () => {
  test('rejects what waits, and the run it held has ended as interrupted', async () => {
    const { client, events } = await started();
    const probe = client.probe();
    worker().crash('out of memory');
    await expect(probe).rejects.toThrow('The trainer crashed: out of memory.');
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(events).toMatchObject([
      { type: 'ended', runId: 'r', status: 'interrupted', result: { step: 5, status: 'interrupted' } },
    ]);
    expect(worker().terminated).toBe(true);
  });

  test('is replaced by the next command', async () => {
    const { client } = await started();
    worker().crash('');
    void client.resume('r').catch(() => undefined);
    expect(FakeWorker.all).toHaveLength(2);
    expect(worker().heard.map((c) => c.type)).toEqual(['open', 'resume']);
  });

  test('says what it knows when the store says nothing', async () => {
    const { client, events } = clientWith(() => Promise.reject(new Error('no store')));
    const start = client.start('r', record.config);
    worker().say({ type: 'answered', id: 1, value: { of: 'start', result: record } });
    await start;
    client.terminate();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(events).toMatchObject([{ type: 'ended', result: { id: 'r', step: 0, status: 'interrupted' } }]);
  });

  test('without a run ends nothing', async () => {
    const { client, events } = await started();
    worker().say({
      type: 'ended',
      runId: 'r',
      status: 'finished',
      result: { ...record, status: 'finished' },
    });
    client.terminate();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(events.map((e) => e.type)).toEqual(['ended']);
  });
});

test('after a failed run the next command gets a fresh worker', async () => {
  const { client } = await started();
  worker().say({ type: 'ended', runId: 'r', status: 'failed', result: { ...record, status: 'failed' } });
  expect(worker().terminated).toBe(true);
  client.pause();
  expect(FakeWorker.all).toHaveLength(2);
});

test('the silence of a going run is told, that of a paused or ended one is not', async () => {
  let look = (): void => undefined;
  let time = 0;
  const client = new TrainerClient({
    baseUrl: 'https://example.test/app/',
    createWorker: () => new FakeWorker() as unknown as Worker,
    watchdog: {
      patience: 10,
      now: () => time,
      every: (_seconds, call) => {
        look = call;
        return () => (look = () => undefined);
      },
    },
  });
  const stalls: Event[] = [];
  client.onEvent((event) => event.type === 'stalled' && stalls.push(event));
  const silent = (): void => {
    for (let n = 0; n < 5; n += 1) {
      time += 5;
      look();
    }
  };
  const progress = (phase: 'training' | 'paused'): Event => ({
    type: 'progress',
    runId: 'r',
    progress: { phase, step: 1, totalSteps: 9, stepsPerSecond: null, secondsLeft: null },
  });
  const start = client.start('r', record.config);
  worker().say({ type: 'answered', id: 1, value: { of: 'start', result: record } });
  await start;
  silent();
  expect(stalls).toEqual([{ type: 'stalled', runId: 'r', seconds: 15 }]);
  worker().say(progress('paused'));
  silent();
  expect(stalls).toHaveLength(1);
  worker().say(progress('training'));
  client.terminate();
  silent();
  expect(stalls).toHaveLength(1);
});
