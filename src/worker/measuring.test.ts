import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSafetensors } from '../models/safetensors';
import type { RunResult } from '../run/result';
import { changes } from './measuring';
import type { Measurement } from './protocol';
import { Bench, config, freshStore, store, weightsOf } from './testing';

beforeEach(freshStore);
afterEach(() => store.close());

async function finished(): Promise<Bench> {
  const bench = new Bench();
  await bench.ask({ type: 'start', runId: 'r', config: config() });
  await bench.ended();
  return bench;
}

async function measured(bench: Bench, wanted: Measurement): Promise<RunResult> {
  const answer = await bench.ask({ type: 'measure', runId: 'r', wanted });
  if (answer.of !== 'measure') throw new Error(answer.of);
  expect(await store.runs.get('r')).toEqual(answer.result);
  return answer.result;
}

const numbers = async (stage: number): Promise<number[]> => {
  if (stage === 0) return new Array<number>(8).fill(0);
  const bytes = await weightsOf('r', `stage-${stage}`);
  const stream = (async function* () {
    yield await Promise.resolve(bytes);
  })();
  for await (const { data } of readSafetensors(stream, 'model.safetensors')) return [...data];
  throw new Error('no weights');
};
const norm = (values: number[]): number => Math.hypot(...values);

async function* tensors(...list: [name: string, data: number[]][]) {
  for (const [name, data] of list)
    yield await Promise.resolve({ name, shape: [data.length], data: Float32Array.from(data) });
}

describe('changes', () => {
  test('are the norms of the difference and of what there was, tensor by tensor', async () => {
    const found = await changes(
      tensors(['a', [3, 4]], ['b', [0, 0]], ['gone', [1]]),
      tensors(['b', [0, 2]], ['a', [3, 1]], ['new', [1]]),
    );
    expect(found).toEqual([
      { name: 'b', change: 2, norm: 0 },
      { name: 'a', change: 3, norm: 5 },
    ]);
  });

  test('refuse tensors of another size', async () => {
    await expect(changes(tensors(['a', [1]]), tensors(['a', [1, 2]]))).rejects.toThrow(
      'a has 1 numbers before the stage and 2 after it.',
    );
  });
});

describe('where a stage changed the weights', () => {
  test('of a fork is measured from the end of the stage that it went back to', async () => {
    const bench = await finished();
    const { weightChanges } = await measured(bench, { of: 'weights', stage: 2 });
    const fork = { runId: 'r', checkpointId: 'stage-1' };
    const again = new Bench();
    await again.ask({ type: 'start', runId: 'fork', config: { ...config(), fork } });
    await again.ended();
    const ask = (stage: number) =>
      again.ask({ type: 'measure', runId: 'fork', wanted: { of: 'weights', stage } });
    await ask(2);
    expect((await store.runs.get('fork'))!.weightChanges).toEqual(weightChanges);
    // The other run's later stages are another way.
    await store.folders.remove('run/fork/stage-2');
    await expect(ask(2)).rejects.toThrow(/nothing is kept under "run\/fork\/stage-2"/);
  });

  test('is measured between its checkpoints, the first from the model of the run', async () => {
    const bench = await finished();
    await measured(bench, { of: 'weights', stage: 2 });
    const { weightChanges } = await measured(bench, { of: 'weights', stage: 1 });
    const [one, two] = [await numbers(1), await numbers(2)];
    expect(weightChanges!.map(({ stage }) => stage)).toEqual([2, 1]);
    const [second, first] = weightChanges!.map(({ tensors: [tensor] }) => tensor!);
    expect(first).toMatchObject({ name: 'shared.weight', norm: 0 });
    expect(first!.change).toBeCloseTo(norm(one), 10);
    expect(second!.norm).toBeCloseTo(norm(one), 10);
    expect(second!.change).toBeCloseTo(norm(two.map((value, i) => value - one[i]!)), 10);
    // Once more puts the same in the place of what was there.
    const again = await measured(bench, { of: 'weights', stage: 1 });
    expect(again.weightChanges).toHaveLength(2);
  });
});

describe('mixes of before and after', () => {
  test('score at the ends what the run scored there, and each place once', async () => {
    const bench = await finished();
    const first = await measured(bench, { of: 'mixes', stage: 2, alphas: [1, 0, 0.5, 0.5] });
    const found = first.interpolations![0]!;
    expect(found.stage).toBe(2);
    expect(found.points.map(({ alpha }) => alpha)).toEqual([1, 0, 0.5]);
    for (const [alpha, step] of [
      [0, first.bands[1]!.from],
      [1, first.bands[1]!.to],
    ]) {
      const scores = found.points.find((point) => point.alpha === alpha)!.scores;
      const expected = first.evaluations.filter((e) => e.step === step);
      expect(scores).toEqual(expected.map(({ task, score, loss }) => ({ task, score, loss })));
    }
    const [all, none, half] = found.points.map(({ scores }) => scores.map(({ loss }) => loss));
    expect(half).not.toEqual(all);
    expect(half).not.toEqual(none);
    const more = await measured(bench, { of: 'mixes', stage: 2, alphas: [0.5, 0.25] });
    expect(more.interpolations![0]!.points.map(({ alpha }) => alpha)).toEqual([1, 0, 0.5, 0.25]);
  });

  test('can be stopped, keep what there is, and leave the worker free', async () => {
    const bench = await finished();
    let turns = 0;
    bench.turn = () => {
      if (++turns === 40) bench.command('stop');
    };
    const alphas = Array.from({ length: 100 }, (_, i) => i / 100);
    const { interpolations } = await measured(bench, { of: 'mixes', stage: 1, alphas });
    expect(interpolations?.[0]?.points.length ?? 0).toBeLessThan(100);
    bench.turn = () => undefined;
    await measured(bench, { of: 'weights', stage: 1 });
  });

  test('say what is wrong with what is asked for', async () => {
    const bench = await finished();
    const ask = (wanted: Measurement, runId = 'r') => bench.ask({ type: 'measure', runId, wanted });
    await expect(ask({ of: 'weights', stage: 3 })).rejects.toThrow('The run has no stage 3.');
    await expect(ask({ of: 'weights', stage: 1 }, 'another')).rejects.toThrow('no longer kept');
    await expect(ask({ of: 'mixes', stage: 1, alphas: [1.5] })).rejects.toThrow('α lies between 0 and 1.');
    const many = Array.from({ length: 102 }, (_, i) => i / 200);
    await expect(ask({ of: 'mixes', stage: 1, alphas: many })).rejects.toThrow('At most 101 places');
    await store.folders.remove('run/r/stage-1');
    await expect(ask({ of: 'weights', stage: 2 })).rejects.toThrow('stage-1');
    const record = (await store.runs.get('r'))!;
    const perTask = config({ lora: { adapters: 'per-task' } });
    await store.runs.put({ ...record, config: perTask });
    for (const wanted of [{ of: 'weights' as const }, { of: 'mixes' as const, alphas: [0.5] }])
      await expect(ask({ ...wanted, stage: 2 })).rejects.toThrow('an adapter of its own');
  });
});

describe('what was measured', () => {
  /** A run that was stopped in its second stage. */
  async function stopped(): Promise<Bench> {
    const bench = new Bench();
    bench.turn = () => {
      if (bench.of('progress').some((e) => e.progress.step >= 16)) bench.command('stop');
    };
    await bench.ask({ type: 'start', runId: 'r', config: config() });
    await bench.ended();
    bench.turn = () => undefined;
    bench.events.length = 0;
    return bench;
  }

  test('on a run that was stopped stays when it goes on', async () => {
    const bench = await stopped();
    await measured(bench, { of: 'weights', stage: 1 });
    const { weightChanges, interpolations } = await measured(bench, { of: 'mixes', stage: 1, alphas: [0.5] });
    const answer = await bench.ask({ type: 'resume', runId: 'r' });
    expect(answer.of === 'resume' && answer.result).toMatchObject({ weightChanges, interpolations });
    const result = await bench.ended();
    expect(result).toMatchObject({ status: 'finished', weightChanges, interpolations });
    expect(await store.runs.get('r')).toEqual(result);
  });

  test('of a stage that is trained anew does not', async () => {
    const bench = await stopped();
    const { weightChanges } = await measured(bench, { of: 'weights', stage: 1 });
    const kept = (await store.runs.get('r'))!;
    await store.runs.put({ ...kept, weightChanges: [...weightChanges!, { stage: 2, tensors: [] }] });
    await bench.ask({ type: 'resume', runId: 'r' });
    expect((await bench.ended()).weightChanges).toEqual(weightChanges);
  });
});
