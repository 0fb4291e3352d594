import { describe, expect, test, vi } from 'vitest';
import { RunControl } from './control';
import type { Method } from './method';
import { createMethod } from './methods';
import { run, timeless, type Kept } from './planTesting';
import { FakeLearner } from './testing';

/** Scales the weights after each stage, and counts in a state of its own what it saw. */
function countingMethod(): Method {
  let seen = new Float32Array(2);
  return {
    begin: () => {
      seen[0]!++;
      return Promise.resolve();
    },
    step: ({ learner, examples, earlier, step }) => {
      seen[1]! += examples.length + earlier.length;
      const batch = createBatch(examples.length, step % 2 === 0 ? seen[1]! % 50 : 1, examples);
      return learner.step(batch);
    },
    end: ({ learner }) => {
      learner.sets.scale(learner.weights, 0.9);
      return Promise.resolve();
    },
    async *state() {
      yield await Promise.resolve({ name: 'seen', shape: [2], data: seen.slice() });
    },
    restore: ([tensor]) => {
      seen = tensor!.data.slice();
    },
  };
}

/** A batch whose row numbers depend on the method's state, so that a lost state shows in the weights. */
function createBatch(rows: number, shift: number, examples: { source: number[] }[]) {
  const source = Int32Array.from(examples.flatMap((e) => [e.source[0]!, e.source[1]! + shift]));
  return {
    rows,
    sourceLength: 2,
    targetLength: 1,
    source,
    sourceMask: new Float32Array(2 * rows).fill(1),
    labels: new Int32Array(rows).fill(1),
  };
}

describe.each([
  ['sequential', () => createMethod({ name: 'sequential' })],
  ['a method with a state and work between stages', countingMethod],
])('going on from a checkpoint: %s', (_name, method) => {
  test('from any place equals never having stopped, bit for bit', async () => {
    const whole = await run({ method: method(), checkpointSeconds: 0 });
    // A checkpoint after every step, one between the last step and its evaluation, and those of the stages.
    expect(whole.kept.map((k) => k.place.step)).toEqual(expect.arrayContaining([1, 5, 12, 13, 14, 22, 23]));
    for (const from of whole.kept) {
      const resumed = await run({ method: method(), from });
      expect(timeless(resumed.record), JSON.stringify(from.place)).toEqual(timeless(whole.record));
      expect(resumed.learner.weights.data, JSON.stringify(from.place)).toEqual(whole.learner.weights.data);
    }
  });

  test('checkpoints themselves do not change the run', async () => {
    const often = await run({ method: method(), checkpointSeconds: 0 });
    const seldom = await run({ method: method() });
    expect(timeless(often.record)).toEqual(timeless(seldom.record));
    expect(often.learner.weights.data).toEqual(seldom.learner.weights.data);
  });
});

describe('stopping and pausing', () => {
  test('stop keeps what there is, and the run goes on from there', async () => {
    const { record, kept } = await run({
      breath: (r, control) => {
        if (r.step === 7) control.stop();
      },
    });
    expect(record.status).toBe('stopped');
    expect(record.error).toBeUndefined();
    expect(record.step).toBe(7);
    expect(record.losses).toHaveLength(7);
    expect(kept.map((k) => k.place)).toEqual([{ kind: 'step', stage: 0, step: 7 }]);
    const whole = await run();
    const resumed = await run({ from: kept[0]! });
    expect(timeless(resumed.record)).toEqual(timeless(whole.record));
  });

  test('broken off in the middle of scoring, it goes on with the rows that are left', async () => {
    const rowsIn = async (from?: Kept) => {
      const learner = new FakeLearner();
      const scored = vi.spyOn(learner, 'rowLosses');
      const { record, kept } = await run({ learner, checkpointSeconds: 0, ...(from && { from }) });
      return { record, kept, batches: scored.mock.calls.length };
    };
    const whole = await rowsIn();
    // Before any training, where the first row of R alone takes long on a slow machine.
    const before = whole.kept.filter(({ place }) => place.step === 0);
    expect(before.length).toBeGreaterThan(5);
    for (const [i, from] of before.entries()) {
      const resumed = await rowsIn(from);
      expect(timeless(resumed.record)).toEqual(timeless(whole.record));
      // A batch has two breaths at most, and is repeated where it was under way.
      expect(resumed.batches).toBeLessThanOrEqual(whole.batches - Math.floor(i / 2));
    }
  });

  test('stop in the middle of scoring leaves no half row', async () => {
    let breaths = 0;
    const { record, kept } = await run({
      breath: (r, control) => {
        // Step 13 ends the stage; its twelve points stand, so this is the row of R.
        if (r.step === 13 && r.evaluations.length === 12 && ++breaths === 3) control.stop();
      },
    });
    expect(record.status).toBe('stopped');
    expect(record.matrix).toHaveLength(1);
    expect(kept.map((k) => [k.place.step, k.optimizer === null])).toEqual([[13, true]]);
    const resumed = await run({ from: kept[0]! });
    expect(timeless(resumed.record)).toEqual(timeless((await run()).record));
  });

  test('stop before any training keeps no checkpoint', async () => {
    const control = new RunControl();
    control.stop();
    const { record, kept } = await run({ control });
    expect(record.status).toBe('stopped');
    expect(kept).toEqual([]);
  });

  test('pause keeps a checkpoint, waits, and continues to the same end', async () => {
    const phases: string[] = [];
    let paused = false;
    const { record, kept } = await run({
      observer: {
        phase: (phase) => {
          if (phase !== phases.at(-1)) phases.push(phase);
        },
      },
      breath: (r, control) => {
        if (r.step !== 7 || paused) return;
        paused = true;
        control.pause();
        setTimeout(() => {
          phases.push(r.status);
          control.continue();
        }, 20);
      },
    });
    const at = phases.indexOf('saving');
    // The second one is the record's status, noted in the middle of the pause.
    expect(phases.slice(at, at + 4)).toEqual(['saving', 'paused', 'paused', 'training']);
    expect(kept[0]!.place).toEqual({ kind: 'step', stage: 0, step: 7 });
    expect(timeless(record)).toEqual(timeless((await run()).record));
  });

  test('a paused run can be stopped', async () => {
    const { record } = await run({
      breath: (r, control) => {
        if (r.step !== 3 || control.stopping) return;
        control.pause();
        setTimeout(() => control.stop(), 5);
      },
    });
    expect(record.status).toBe('stopped');
    expect(record.step).toBe(3);
  });
});

describe('failing', () => {
  test('a loss that is no number stops the run, names step and learning rate, and keeps the last good checkpoint', async () => {
    const { record, kept, learner } = await run({ learner: new FakeLearner(9), checkpointSeconds: 0 });
    expect(record.status).toBe('failed');
    expect(record.error).toMatch(/NaN at step 10, with the learning rate 0\.0308/);
    expect(record.error).toMatch(/lower the learning rate \(0\.01, say\); let it warm up/);
    expect(record.losses).toHaveLength(9);
    expect(record.losses.every(Number.isFinite)).toBe(true);
    expect(kept.at(-1)!.place.step).toBe(9);
    expect(learner.unread).toBe(0);
  });

  test('a model that is damaged as loaded is said to be', async () => {
    const learner = new FakeLearner();
    learner.weights.data.fill(NaN);
    const { record } = await run({ learner });
    expect(record.status).toBe('failed');
    expect(record.error).toMatch(/as loaded/);
    expect(record.evaluations).toEqual([]);
  });

  test('a checkpoint that cannot be kept fails the run with its reason', async () => {
    const { record } = await run({
      save: () => {
        throw new Error('no room left');
      },
    });
    expect(record.status).toBe('failed');
    expect(record.error).toBe('no room left');
  });
});
