import { describe, expect, test } from 'vitest';
import { run } from './planTesting';
import { fakeConfig } from './testing';
import { runTiny, tinyConfig } from './methods/tinyPlan';

const stages = [
  { task: 'a', steps: 13 },
  { task: 'b', epochs: 1.5 },
];
const again = fakeConfig({ plan: { stages, watched: ['w'], relearn: { steps: 12 } } });

describe('learning forgotten tasks again', () => {
  test('gives each earlier task a curve and its savings, and leaves the weights as they were', async () => {
    const [plain, found] = [await run(), await run({ config: again })];
    expect(found.record.status).toBe('finished');
    expect(found.learner.weights.data).toEqual(plain.learner.weights.data);
    expect(found.record.matrix).toEqual(plain.record.matrix);
    const [curve, ...others] = found.record.relearning!;
    expect(others).toEqual([]);
    expect(curve!.task).toBe('a');
    expect(curve!.points.map((p) => p.step)).toEqual([0, 5, 10, 12]);
    const forgotten = curve!.points[0]!.score.value;
    expect(forgotten).toBe(found.record.evaluations.filter((p) => p.task === 'a').at(-1)!.score.value);
    expect(curve!.points.at(-1)!.score.value).toBeGreaterThan(forgotten);
    const [savings] = found.record.metrics.savings!;
    expect(savings).toMatchObject({ task: 'a', criterion: expect.any(Number) as number });
    expect(found.record.metrics.averageAccuracy).toBe(plain.record.metrics.averageAccuracy);
    expect(plain.record.metrics.savings).toBeUndefined();
  });

  test('is part of what is left of a run, from its start to its last step', async () => {
    const lefts: { steps: number; rows: number }[] = [];
    const found = await run({
      config: again,
      breath: (record, _, plan) => {
        const { steps, rows } = plan.left();
        if (record.matrix.length === 3 || lefts.length === 0) lefts.push({ steps, rows: rows.get('a') ?? 0 });
      },
    });
    // 23 of the plan and 12 again; to the points and rows of R of the plan come 4 points of 12 rows.
    expect(lefts[0]).toEqual({ steps: 35, rows: 144 + 4 * 12 });
    const steps = lefts.slice(1).map((left) => left.steps);
    expect(steps).toEqual([...steps].sort((a, b) => b - a));
    expect([steps[0], steps.at(-1)]).toEqual([12, 0]);
    expect(found.plan.left()).toMatchObject({ steps: 0 });
    expect(found.plan.left().rows.get('a')).toBe(0);
  });

  test('broken off, begins again from the last stage and comes to the same', async () => {
    let breaths = 0;
    const broken = await run({
      config: again,
      breath: (record, control) => {
        if (record.matrix.length === 3 && ++breaths === 12) control.stop();
      },
    });
    expect(broken.record.status).toBe('stopped');
    expect(broken.kept.at(-1)!.place).toEqual({ kind: 'stage', stage: 2, step: 23 });
    const resumed = await run({ config: again, from: broken.kept.at(-1)! });
    const whole = await run({ config: again });
    expect(resumed.record.relearning).toEqual(whole.record.relearning);
    expect(resumed.record.metrics).toEqual(whole.record.metrics);
  });
});

describe('what a run cost', () => {
  const costOf = async (method: Parameters<typeof tinyConfig>[0]) =>
    (await runTiny(tinyConfig(method))).record.cost!;

  test('is counted in tokens that went through the model', async () => {
    const plain = await costOf({});
    expect(plain).toMatchObject({ gradientTokens: 0, forwardTokens: 0, setBytes: 0 });
    // 27 examples of 3 to 5 tokens to read and 2 or 3 to write.
    expect(plain.trainedTokens).toBeGreaterThan(27 * 5);
    expect(plain.trainedTokens).toBeLessThan(27 * 8);

    const replay = await costOf({ method: { name: 'replay', ratio: 1 } });
    expect(replay.trainedTokens).toBeGreaterThan(1.5 * plain.trainedTokens);
    expect(replay.setBytes).toBe(0);

    const lwf = await costOf({ method: { name: 'lwf' } });
    expect(lwf.trainedTokens).toBe(plain.trainedTokens);
    // A teacher for two stages of three.
    expect(lwf.forwardTokens).toBeGreaterThan(0.5 * plain.trainedTokens);
    expect(lwf.forwardTokens).toBeLessThan(plain.trainedTokens);

    const ewc = await costOf({ method: { name: 'ewc', samples: 2 } });
    expect(ewc.gradientTokens).toBeGreaterThan(4 * 5 - 1);
    expect(ewc.gradientTokens).toBeLessThan(4 * 8 + 1);
    expect(ewc.setBytes).toBe(2 * lwf.setBytes);
    const separate = await costOf({ method: { name: 'ewc', samples: 2, mode: 'separate' } });
    expect(separate.setBytes).toBe(4 * lwf.setBytes);

    const der = await costOf({ method: { name: 'der++', capacity: 27 } });
    expect(der.forwardTokens).toBe(plain.trainedTokens);
  });
});
