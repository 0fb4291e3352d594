/** What each method does to gradients and weights, against brute force on a tiny T5. */
import { describe, expect, test } from 'vitest';
import { collate } from '../../engine/text/batches';
import type { NamedTensor, TokenizedExample } from '../../engine/types';
import { logitBufferBytes, type MethodInput } from '../../run/methods';
import type { Contribution, Learner, ParameterSet } from '../learner';
import type { Method } from '../method';
import { tinyLearner } from '../tinyLearner';
import { createMethod } from '.';
import { addFisher } from './ewc';
import { leftToTrain } from './freezing';
import { runTiny, tinyConfig, tinyTasks } from './tinyPlan';

async function numbers(set: ParameterSet): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const tensor of set.tensors()) parts.push(tensor.data.slice());
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

const flat = (tensors: readonly NamedTensor[]): number[] => tensors.flatMap(({ data }) => [...data]);
const breathe = (): Promise<void> => Promise.resolve();
const config = (method: MethodInput) => tinyConfig({ method });

/** The learner with some of its members replaced. */
const altered = (learner: Learner, members: Partial<Learner>): Learner =>
  new Proxy(learner, {
    get: (target, key) => {
      if (key in members) return members[key as keyof Learner];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

describe('A-GEM', () => {
  test('a projected gradient never conflicts with the memory, and is left alone where it did not', async () => {
    const method = createMethod(config({ name: 'a-gem', sample: 3 }).method);
    let reference: ParameterSet | null = null;
    const products: Promise<[number, number, number]>[] = [];
    const step: Method['step'] = (context) => {
      const { learner } = context;
      const create = (name: string): ParameterSet => {
        const set = learner.sets.create(name);
        if (name === 'reference') reference = set;
        return set;
      };
      const stepOf: Learner['stepOf'] = (contributions, adjust) => {
        const { sets } = learner;
        const [before, after] = [sets.create('before'), sets.create('after')];
        const reading = learner.stepOf(contributions, (g) => {
          sets.copy(g, before);
          adjust?.(g);
          sets.copy(g, after);
        });
        // Asked for at once, so that they read this step's reference.
        if (reference)
          products.push(
            Promise.all([
              sets.dot(before, reference),
              sets.dot(after, reference),
              sets.squaredNorm(reference),
            ]),
          );
        return reading;
      };
      return method.step({
        ...context,
        learner: altered(learner, { sets: { ...learner.sets, create }, stepOf }),
      });
    };
    await runTiny(config({ name: 'a-gem', sample: 3 }), { method: { step } });
    let conflicts = 0;
    for (const [was, is, norm] of await Promise.all(products)) {
      if (was < 0) conflicts++;
      else expect(is).toBe(was);
      expect(is).toBeGreaterThan(-1e-5 * norm);
    }
    // Two stages of three steps have a memory.
    expect(products).toHaveLength(6);
    expect(conflicts).toBeGreaterThan(0);
  });
});

describe('EWC', () => {
  const row = (source: number[], target: number[]): TokenizedExample => ({ source, target });
  const begun = async () => {
    const { learner, model } = await tinyLearner();
    learner.beginStage({ steps: 1, seed: 0 });
    const [task] = await tinyTasks(tinyConfig());
    return { learner, model, task: task! };
  };

  test('the empirical Fisher equals that of differences of the loss', async () => {
    const { learner, model, task } = await begun();
    const few = { ...task, train: task.train.slice(0, 3) };
    const fisher = learner.sets.create('fisher');
    const settings = { samples: 99, fisher: 'empirical' } as const;
    await addFisher(learner, fisher, few, settings, {
      seed: 1,
      stage: 1,
      keep: 1,
      breathe,
    });
    let compared = 0;
    for await (const { name, data } of fisher.tensors()) {
      const weights = await model.parameters.read(name);
      // The largest entry of each tensor, where differences say most.
      const at = data.indexOf(Math.max(...data));
      const loss = async (change: number) => {
        const moved = weights.slice();
        moved[at]! += change;
        await model.parameters.assign(name, moved);
        return (await learner.rowLosses(collate(few.train))).nats;
      };
      const [up, down] = [await loss(1e-2), await loss(-1e-2)];
      await model.parameters.assign(name, weights);
      const squares = few.train.map((_, i) => ((up[i]! - down[i]!) / 2e-2) ** 2);
      const expected = squares.reduce((a, b) => a + b, 0) / 3;
      expect(Math.abs(data[at]! - expected), name).toBeLessThan(0.03 * expected + 1e-6);
      compared++;
    }
    expect(compared).toBeGreaterThan(30);
  });

  test('the sampled Fisher is that of the labels the model would give, on average', async () => {
    const { learner, task } = await begun();
    const one = { ...task, train: [row([5, 9, 1], [7, 1])] };
    // Exact: both tokens' labels weighed by their probability, the second given the row's own first.
    const exact = new Float64Array(learner.weights.size);
    const g = learner.sets.create('g');
    for (const place of [0, 1])
      for (let label = 0; label < learner.vocabSize; label++) {
        const { nats, parts } = await tokenLoss(learner, place, label);
        await learner.gradient(parts, (sum) => learner.sets.copy(sum, g), 'evaluation').value();
        (await numbers(g)).forEach((x, i) => (exact[i]! += Math.exp(-nats) * x * x));
      }
    const fisher = learner.sets.create('fisher');
    const draws = 600;
    const settings = { samples: 1, fisher: 'sampled' } as const;
    for (let seed = 0; seed < draws; seed++)
      await addFisher(learner, fisher, one, settings, { seed, stage: 1, keep: 1, breathe });
    const estimate = (await numbers(fisher)).map((x) => x / draws);
    const total = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0);
    expect(total(estimate) / total(exact)).toBeGreaterThan(0.85);
    expect(total(estimate) / total(exact)).toBeLessThan(1.15);
    // And its shape is right, not only its size.
    const dot = estimate.reduce((sum, x, i) => sum + x * exact[i]!, 0);
    const cosine = dot / Math.sqrt(total(estimate.map((x) => x * x)) * total(exact.map((x) => x * x)));
    expect(cosine).toBeGreaterThan(0.97);
  });

  test('weights stay nearer to where the first task left them, by their importance', async () => {
    const far = async (lambda: number) => {
      const method: MethodInput = { name: 'ewc', lambda, samples: 10, fisher: 'empirical' };
      const { kept } = await runTiny(config(method), { checkpoints: true });
      const { method: state } = kept.find(({ place }) => place.kind === 'stage' && place.stage === 1)!;
      const last = kept.find(({ place }) => place.kind === 'stage' && place.stage === 2)!;
      const [fisher, centre] = ['fisher-0/', 'centre-0/'].map((prefix) =>
        flat(state.filter(({ name }) => name.startsWith(prefix))),
      );
      return flat(last.weights).reduce((sum, x, i) => sum + fisher![i]! * (x - centre![i]!) ** 2, 0);
    };
    expect(await far(1e5)).toBeLessThan(0.7 * (await far(0)));
  });

  /** −log p of a label at a place of `7 </s>`, and the contributions whose gradient is its own. */
  async function tokenLoss(learner: Learner, place: number, label: number) {
    const rowOf = (...target: number[]) => collate([row([5, 9, 1], target)]);
    const natsOf = async (batch: Contribution['batch']) => (await learner.rowLosses(batch)).nats[0]!;
    // Nothing that comes later changes the loss at the first place, so the row may end there.
    const first = rowOf(place === 0 ? label : 7);
    if (place === 0) return { nats: await natsOf(first), parts: [{ batch: first }] };
    // The loss of both places less that of the first; contributions are means.
    const both = rowOf(7, label);
    return {
      nats: (await natsOf(both)) - (await natsOf(first)),
      parts: [
        { batch: both, weight: 2 },
        { batch: first, weight: -1 },
      ],
    };
  }
});

describe('matching logits', () => {
  test.each<MethodInput>([
    { name: 'lwf', lambda: 2 },
    { name: 'der++', capacity: 4, alpha: 2 },
  ])('%j reads target positions only: padding changes nothing', async (method) => {
    const wide = ({ batch, ...rest }: Contribution): Contribution => {
      const width = batch.targetLength + 8;
      const labels = new Int32Array(batch.rows * width).fill(-100);
      for (let r = 0; r < batch.rows; r++)
        labels.set(batch.labels.subarray(r * batch.targetLength, (r + 1) * batch.targetLength), r * width);
      return { ...rest, batch: { ...batch, targetLength: width, labels } };
    };
    const padded = (learner: Learner) =>
      altered(learner, { stepOf: (contributions) => learner.stepOf(contributions.map(wide)) });
    const still = tinyConfig({ method, dropout: 0 });
    const narrow = await runTiny(still);
    const inner = createMethod(still.method);
    const widened = await runTiny(still, {
      method: { ...inner, step: (c) => inner.step({ ...c, learner: padded(c.learner) }) },
    });
    const largest = Math.max(...narrow.record.losses.map((l, i) => Math.abs(l - widened.record.losses[i]!)));
    expect(largest).toBeLessThan(1e-4);
  });

  test('DER++ stores what it says beforehand, and no more examples than its capacity', async () => {
    const method = createMethod(config({ name: 'der++', capacity: 4 }).method);
    const { kept } = await runTiny(config({ name: 'der++', capacity: 4 }), { method });
    const state = kept.at(-1)!.method;
    const logits = state.filter(({ name }) => name.startsWith('logits/'));
    const stages = state.find(({ name }) => name === 'items')!.data.filter((_, i) => i % 2 === 0);
    expect(logits).toHaveLength(4);
    expect(Math.max(...stages)).toBeGreaterThan(1);
    const held = 2 * logits.reduce((sum, { data }) => sum + data.length, 0);
    const tokens = logits.map(({ data }) => data.length / 29);
    const average = tokens.reduce((a, b) => a + b, 0) / 4;
    expect(tokens.every((count) => count === 2 || count === 3)).toBe(true);
    expect(logitBufferBytes(4, average, 29)).toBe(held);
  });

  test('LwF keeps the model nearer to what it said before the stage', async () => {
    const said = async (lambda: number) => {
      const still = tinyConfig({ method: { name: 'lwf', lambda }, dropout: 0 });
      const { kept } = await runTiny(still, { checkpoints: true });
      const [first, second] = [1, 2].map((stage) =>
        flat(kept.find(({ place }) => place.kind === 'stage' && place.stage === stage)!.weights),
      );
      return second!.reduce((sum, x, i) => sum + (x - first![i]!) ** 2, 0);
    };
    expect(await said(20)).toBeLessThan(await said(0));
  });
});

describe('averaging weights', () => {
  const still = tinyConfig({ dropout: 0 });
  const steps = runTiny(still, { checkpoints: true });
  const start = tinyLearner().then(async ({ learner }) => numbers(learner.weights));
  const close = (found: ArrayLike<number>, wanted: ArrayLike<number>) => {
    const worst = Array.from(found).reduce((most, x, i) => Math.max(most, Math.abs(x - wanted[i]!)), 0);
    expect(found.length).toBe(wanted.length);
    expect(worst).toBeLessThan(1e-6);
  };
  const endOf = async (stage: number) => {
    const found = (await steps).kept.find(({ place }) => place.kind === 'stage' && place.stage === stage);
    return flat(found!.weights);
  };
  const firstEnd = (kept: Awaited<typeof steps>['kept']) =>
    flat(kept.find(({ place }) => place.kind === 'stage' && place.stage === 1)!.weights);

  test.each([0, 0.3, 0.5])('WiSE-FT at %f lies between before and after', async (alpha) => {
    const { kept } = await runTiny({ ...still, method: { name: 'wise-ft', alpha } });
    const [before, after] = [await start, await endOf(1)];
    close(
      firstEnd(kept),
      after.map((x, i) => (1 - alpha) * before[i]! + alpha * x),
    );
  });

  test('a moving average is that of the steps', async () => {
    const { kept } = await runTiny({ ...still, method: { name: 'ema', decay: 0.6 } });
    let average = Array.from(await start);
    for (let step = 1; step <= 3; step++) {
      const at = flat((await steps).kept.find(({ place }) => place.step === step)!.weights);
      average = average.map((x, i) => 0.6 * x + 0.4 * at[i]!);
    }
    close(firstEnd(kept), average);
  });

  test('a soup is the mean of the stage ends of plain training', async () => {
    const { kept, record } = await runTiny({ ...still, method: { name: 'soup' } });
    const ends = [await endOf(1), await endOf(2), await endOf(3)];
    close(
      flat(kept.at(-1)!.weights),
      ends[0]!.map((x, i) => (x + ends[1]![i]! + ends[2]![i]!) / 3),
    );
    expect(record.losses).toEqual((await steps).record.losses);
  });
});

describe('freezing', () => {
  test.each([
    [{ embeddings: true, encoder: false, decoder: false, layers: 0 }, /^shared\./],
    [{ embeddings: false, encoder: true, decoder: false, layers: 0 }, /^encoder\./],
    [{ embeddings: true, encoder: false, decoder: false, layers: 1 }, /^shared\.|\.block\.0\./],
  ])('%j moves the rest alone', async (settings, frozen) => {
    const { model } = await tinyLearner();
    const before = new Map<string, Float32Array>();
    for await (const { name, data } of model.tensors()) before.set(name, data.slice());
    const { weights } = await runTiny(config({ name: 'freezing', ...settings }));
    for (const { name, data } of weights) {
      expect(leftToTrain(settings)(name), name).toBe(!frozen.test(name));
      const same = data.every((x, i) => x === before.get(name)![i]);
      expect(same, name).toBe(frozen.test(name));
    }
  });
});
