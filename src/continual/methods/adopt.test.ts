/** Runs that fork: another method goes on from the end of a stage that it did not train. */
import { expect, test } from 'vitest';
import type { RunConfig } from '../../run/config';
import type { MethodInput } from '../../run/methods';
import { runTiny, tinyConfig, type TinyCheckpoint } from './tinyPlan';

const endOf = (kept: readonly TinyCheckpoint[], stage: number): TinyCheckpoint =>
  kept.find(({ place }) => place.kind === 'stage' && place.stage === stage)!;

/** The checkpoint as the fork has it: the record is the other run's, the config its own. */
function forked(from: TinyCheckpoint, config: RunConfig): TinyCheckpoint {
  const state = JSON.parse(from.state) as { record: object };
  return { ...from, state: JSON.stringify({ ...state, record: { ...state.record, config } }) };
}

/** Goes on from the end of a stage, and keeps a checkpoint after every step. */
async function fork(parent: RunConfig, config: RunConfig, stage: number) {
  const whole = await runTiny(parent, { checkpoints: true });
  const from = forked(endOf(whole.kept, stage), config);
  return { whole, gone: await runTiny(config, { from, adopts: true, checkpoints: true }) };
}

const derPlusPlus: MethodInput = { name: 'der++', alpha: 1, capacity: 50 };

test('DER++ takes in what the stages before a fork trained on, with logits of its weights', async () => {
  const config = tinyConfig({ method: derPlusPlus });
  const { whole, gone } = await fork(tinyConfig(), config, 2);
  const [first] = gone.kept;
  const items = first!.method.find(({ name }) => name === 'items')!;
  const stages = Array.from({ length: items.data.length / 2 }, (_, i) => items.data[2 * i]);
  // Three steps of three rows each, and one step of the new stage.
  expect(stages).toEqual([
    ...Array<number>(9).fill(1),
    ...Array<number>(9).fill(2),
    ...Array<number>(3).fill(3),
  ]);
  const logits = first!.method.filter(({ name }) => name.startsWith('logits/'));
  expect(logits).toHaveLength(21);
  for (const { data } of logits) expect(data.some((value) => value !== 0)).toBe(true);
  expect(gone.weights).not.toEqual(whole.weights);
  // Every step of the third stage replays, so its loss has the buffer's part.
  expect(gone.record.losses[6]).toBeGreaterThan(whole.record.losses[6]!);
});

test('a fork that stops goes on with its buffer, bit for bit', async () => {
  const config = tinyConfig({ method: derPlusPlus });
  const { gone } = await fork(tinyConfig(), config, 2);
  const again = await runTiny(config, { from: gone.kept[0]! });
  expect(again.weights).toEqual(gone.weights);
});

test.each<MethodInput>([{ name: 'sequential' }, { name: 'ema' }, { name: 'wise-ft' }])(
  'a run with an adapter a task is gone on with from its second stage: %j',
  async (method) => {
    const lora = { rank: 2, adapters: 'per-task' as const };
    const optimizer = { name: 'adamw' as const, learningRate: 0.02 };
    const { whole, gone } = await fork(tinyConfig({ lora }), tinyConfig({ lora, method, optimizer }), 2);
    expect(gone.record.status).toBe('finished');
    // The adapters of the stages before stay as they were.
    for (const stage of ['stage-1/', 'stage-2/'])
      expect(gone.adapters.filter(({ name }) => name.startsWith(stage))).toEqual(
        whole.adapters.filter(({ name }) => name.startsWith(stage)),
      );
    expect(gone.adapters).not.toEqual(whole.adapters);
  },
);
