/** Steps of several parts, on the reference: their arithmetic, held to plain recomputation. */
import { describe, expect, it } from 'vitest';
import { toHalves } from './halves';
import { forward } from './inspect';
import { targetLogits } from './logits';
import { mix } from './ops/dropout/dropout';
import { ReferenceExecutor } from './program/referenceExecutor';
import { parseT5Config } from './t5/config';
import { T5Model } from './t5/model';
import { adamw, expectClose, microConfig, microTensors } from './testing';
import { collate } from './text/batches';
import { Trainer, trainedSets } from './trainer';
import type { Batch, Contribution, NamedTensor, ParameterSet } from './types';

const batch = collate(
  [
    { source: [5, 6, 7, 1], target: [8, 9, 1] },
    { source: [10, 1], target: [11, 1] },
    { source: [12, 13, 1], target: [14, 15, 16, 1] },
  ],
  { source: 4, target: 4 },
);
const other = collate([{ source: [20, 21, 1], target: [22, 1] }], { source: 4, target: 2 });
const constant = { ...adamw, schedule: { name: 'constant', warmupSteps: 0 } } as const;

async function setUp(o: { dropout?: number; microBatch?: number; seed?: number; vocab?: number } = {}) {
  const config = parseT5Config({ ...microConfig, ...(o.vocab && { vocab_size: o.vocab }) });
  const model = await T5Model.load(config, microTensors(config, o.seed), new ReferenceExecutor());
  const sets = trainedSets(model);
  const settings = { optimizer: constant, totalSteps: 10, dropout: o.dropout ?? 0, seed: 3 };
  const limit = o.microBatch === undefined ? {} : { microBatch: o.microBatch };
  return { model, sets, trainer: new Trainer(model, { ...settings, ...limit }, sets) };
}
type Rig = Awaited<ReturnType<typeof setUp>>;

async function numbers(tensors: AsyncIterable<NamedTensor>): Promise<Float32Array> {
  const all: number[] = [];
  for await (const { data } of tensors) for (const x of data) all.push(x);
  return Float32Array.from(all);
}

async function gradientOf({ trainer, sets }: Rig, contributions: Contribution[]) {
  const kept = sets.create('kept');
  const reading = trainer.gradient(contributions, (g) => sets.copy(g, kept), 'evaluation');
  const loss = await reading.value();
  const gradient = await numbers(kept.tensors());
  kept.dispose();
  return { loss, gradient };
}

/** Weights away from where they began, so that a teacher differs from its student. */
async function teacherOf({ trainer, sets }: Rig): Promise<ParameterSet> {
  const teacher = sets.create('teacher');
  sets.copy(sets.weights, teacher);
  for (let i = 0; i < 3; i++) await trainer.step(batch).value();
  return teacher;
}

describe('a step of several parts', () => {
  it('adds up the gradients of its parts, each times its weight', async () => {
    const rig = await setUp();
    const first = await gradientOf(rig, [{ batch }]);
    const second = await gradientOf(rig, [{ batch: other }]);
    const both = await gradientOf(rig, [
      { batch, weight: 0.5 },
      { batch: other, weight: 2 },
    ]);
    expect(both.loss).toBeCloseTo(0.5 * first.loss + 2 * second.loss, 5);
    expectClose(
      both.gradient,
      first.gradient.map((g, i) => 0.5 * g + 2 * second.gradient[i]!),
      1e-6,
    );
  });

  it('is the plain step where there is one part of weight 1, and leaves out parts of weight 0', async () => {
    const [plain, parts] = [await setUp({ dropout: 0.1 }), await setUp({ dropout: 0.1 })];
    const teacher = parts.sets.create('teacher');
    for (let i = 0; i < 3; i++) {
      const a = plain.trainer.step(batch);
      const match = { kind: 'distillation', weight: 0, temperature: 2, teacher } as const;
      const b = parts.trainer.stepOf(
        [
          { batch, match },
          { batch: other, weight: 0 },
        ],
        (g) => {
          parts.sets.addPenalty(g, 0, parts.sets.weights, teacher);
        },
      );
      expect(await b.value()).toBe(await a.value());
    }
    expect(await numbers(parts.sets.weights.tensors())).toEqual(await numbers(plain.sets.weights.tensors()));
  });

  it.each([1, 2])('accumulates micro-batches of %d rows to the gradient of the whole', async (microBatch) => {
    const [whole, cut] = [await setUp(), await setUp({ microBatch })];
    const stored = await targetLogits(whole.model, batch);
    const contributions: Contribution[] = [
      { batch },
      {
        batch,
        weight: 0.5,
        match: { kind: 'logits', weight: 3, logits: stored.map((row) => row.map((h) => h ^ 1)) },
      },
    ];
    const expected = await gradientOf(whole, contributions);
    const got = await gradientOf(cut, contributions);
    expect(got.loss).toBeCloseTo(expected.loss, 5);
    expectClose(got.gradient, expected.gradient, 1e-6);
    const losses = [whole.trainer.step(batch), cut.trainer.step(batch)].map((reading) => reading.value());
    const [a, b] = await Promise.all(losses);
    expect(b).toBeCloseTo(a!, 5);
  });

  it('draws other dropout for each micro-batch', async () => {
    const twice: Batch = collate([
      { source: [5, 6, 7, 1], target: [8, 9, 1] },
      { source: [5, 6, 7, 1], target: [8, 9, 1] },
    ]);
    const rig = await setUp({ dropout: 0.3, microBatch: 1 });
    const first = await rig.trainer.gradient([{ batch: twice }], () => undefined).value();
    const one = collate([{ source: [5, 6, 7, 1], target: [8, 9, 1] }]);
    const alone = await (
      await setUp({ dropout: 0.3 })
    ).trainer
      .gradient([{ batch: one }], () => undefined)
      .value();
    expect(Math.abs(first - alone)).toBeGreaterThan(1e-3);
  });
});

describe('matched logits', () => {
  it("distillation from one's own weights is no loss and no gradient", async () => {
    const rig = await setUp();
    const teacher = rig.sets.create('teacher');
    rig.sets.copy(rig.sets.weights, teacher);
    const match = { kind: 'distillation', weight: 1, temperature: 2, teacher } as const;
    const { loss, gradient } = await gradientOf(rig, [{ batch, weight: 0, match }]);
    expect(Math.abs(loss)).toBeLessThan(1e-6);
    expect(gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0)).toBeLessThan(1e-6);
  });

  it('distillation is τ²·KL(teacher ‖ ours), a mean over target tokens, its gradient that of differences', async () => {
    const rig = await setUp();
    const { model, sets } = rig;
    const teacher = await teacherOf(rig);
    const ours = (await forward(model, batch)).logits;
    const now = sets.create('now');
    sets.copy(sets.weights, now);
    sets.copy(teacher, sets.weights);
    const theirs = (await forward(model, batch)).logits;
    sets.copy(now, sets.weights);
    const temperature = 2;
    const { vocabSize: V } = model.config;
    const softmax = (logits: Float32Array, row: number): number[] => {
      const z = [...logits.subarray(row * V, (row + 1) * V)].map((x) => Math.exp(x / temperature));
      const sum = z.reduce((a, b) => a + b, 0);
      return z.map((x) => x / sum);
    };
    let [kl, tokens] = [0, 0];
    batch.labels.forEach((label, row) => {
      if (label < 0) return;
      tokens += 1;
      const p = softmax(ours, row);
      softmax(theirs, row).forEach((q, j) => (kl += q * Math.log(q / p[j]!)));
    });
    const match = { kind: 'distillation', weight: 1, temperature, teacher } as const;
    const { loss, gradient } = await gradientOf(rig, [{ batch, weight: 0, match }]);
    expect(loss).toBeCloseTo((temperature ** 2 * kl) / tokens, 5);

    // Along the gradient itself, by central differences.
    const direction = sets.create('direction');
    rig.trainer.gradient([{ batch, weight: 0, match }], (g) => sets.copy(g, direction), 'evaluation');
    const at = async (step: number): Promise<number> => {
      sets.axpy(step, direction, sets.weights);
      const value = (await gradientOf(rig, [{ batch, weight: 0, match }])).loss;
      sets.copy(now, sets.weights);
      return value;
    };
    const norm = gradient.reduce((sum, g) => sum + g * g, 0);
    const h = 0.004 / Math.sqrt(norm);
    expect(((await at(h)) - (await at(-h))) / (2 * h) / norm).toBeCloseTo(1, 2);
  });

  it('stored logits stand for a teacher, to half precision', async () => {
    const rig = await setUp();
    const stored = await targetLogits(rig.model, batch);
    const teacher = await teacherOf(rig);
    const live = await gradientOf(rig, [
      { batch, weight: 0, match: { kind: 'distillation', weight: 1, temperature: 2, teacher } },
    ]);
    const kept = await gradientOf(rig, [
      {
        batch,
        weight: 0,
        match: {
          kind: 'distillation',
          weight: 1,
          temperature: 2,
          teacher: stored.map((row) => Promise.resolve(row)),
        },
      },
    ]);
    expect(kept.loss).toBeCloseTo(live.loss, 3);
    expectClose(kept.gradient, live.gradient, 1e-2);
  });

  it('the error of logits is the mean over the vocabulary of its square, beside the cross-entropy', async () => {
    const rig = await setUp();
    const { logits } = await forward(rig.model, batch);
    const V = rig.model.config.vocabSize;
    const stored = (await targetLogits(rig.model, batch)).map((row) =>
      toHalves(new Float32Array(row.length)),
    );
    let [squares, tokens] = [0, 0];
    batch.labels.forEach((label, row) => {
      if (label < 0) return;
      tokens += 1;
      squares += logits.subarray(row * V, (row + 1) * V).reduce((sum, x) => sum + x * x, 0) / V;
    });
    const plain = await gradientOf(rig, [{ batch }]);
    const both = await gradientOf(rig, [
      { batch, weight: 2, match: { kind: 'logits', weight: 3, logits: stored } },
    ]);
    expect(both.loss).toBeCloseTo(2 * plain.loss + (3 * squares) / tokens, 4);
  });

  it('refuses logits that fit no row, a temperature of 0 and a teacher that is gone', async () => {
    const rig = await setUp();
    const stored = await targetLogits(rig.model, batch);
    const short = stored.map((row) => row.subarray(1));
    await expect(
      rig.trainer.stepOf([{ batch, match: { kind: 'logits', weight: 1, logits: short } }]).value(),
    ).rejects.toThrow(/row 1 has 86 stored logits, its targets call for 87/);
    expect(() =>
      rig.trainer.stepOf([{ batch, match: { kind: 'logits', weight: 1, logits: stored.slice(1) } }]),
    ).toThrow(/2 rows of stored logits for a batch of 3/);
    const teacher = rig.sets.create('teacher');
    const match = { kind: 'distillation', weight: 1, temperature: 0, teacher } as const;
    expect(() => rig.trainer.stepOf([{ batch, match }])).toThrow(/temperature of 0/);
    teacher.dispose();
    await expect(
      rig.trainer.stepOf([{ batch, match: { ...match, temperature: 1 } }]).value(),
    ).rejects.toThrow(/disposed/);
    expect(await numbers(rig.sets.weights.tensors())).toEqual(
      await numbers((await setUp()).sets.weights.tensors()),
    );
  });
});

describe('gradients without a step', () => {
  it('leave the weights, the optimiser and the steps to come as they were', async () => {
    const [plain, probed] = [await setUp({ dropout: 0.1 }), await setUp({ dropout: 0.1 })];
    const kept = probed.sets.create('kept');
    for (let i = 0; i < 2; i++) {
      probed.trainer.gradient([{ batch: other }], (g) => probed.sets.copy(g, kept));
      const [a, b] = [plain.trainer.step(batch), probed.trainer.step(batch)];
      expect(await b.value()).toBe(await a.value());
    }
    expect(await numbers(probed.sets.weights.tensors())).toEqual(await numbers(plain.sets.weights.tensors()));
    expect(await numbers(probed.trainer.state())).toEqual(await numbers(plain.trainer.state()));
  });

  it('of drawn labels are those of the labels that the noise picks', async () => {
    const rig = await setUp();
    const { logits } = await forward(rig.model, other);
    const V = rig.model.config.vocabSize;
    const seed = 11;
    const drawn = other.labels.map((label, n) => {
      const score = (j: number): number =>
        logits[n * V + j]! -
        Math.log(-Math.log((Math.floor(mix((mix(seed) + n * V + j) >>> 0) / 512) + 0.5) / 2 ** 23));
      return label < 0
        ? label
        : [...Array(V).keys()].reduce((best, j) => (score(j) > score(best) ? j : best), 0);
    });
    expect(drawn).not.toEqual(other.labels);
    const { loss } = await gradientOf(rig, [{ batch: other, sampledLabels: seed }]);
    let expected = 0;
    drawn.forEach((label, n) => {
      const row = [...logits.subarray(n * V, (n + 1) * V)];
      expected += Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[label]!;
    });
    expect(loss).toBeCloseTo(expected / other.labels.length, 4);
  });

  it('are refused while another is at hand', async () => {
    const { trainer } = await setUp();
    expect(() =>
      trainer.stepOf([{ batch }], () => void trainer.gradient([{ batch }], () => undefined)),
    ).toThrow(/at hand/);
  });
});
