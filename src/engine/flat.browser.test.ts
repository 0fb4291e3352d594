/** Memory over a long run: nothing is left behind by a step, an evaluation or a sum over parameter sets. */
import { expect, it } from 'vitest';
import { describeBackends } from '../../tests/engine/backends';
import { currentExecutor, deviceMemory } from './device';
import { rowLosses } from './losses';
import { generate } from './t5/generate';
import { adamw, microModel } from './testing';
import { collate } from './text/batches';
import { Trainer, trainedSets } from './trainer';
import type { Batch } from './types';
import { WasmExecutor } from './wasm/executor';

const steps = 1000;
const ids = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, i) => (i === length - 1 ? 1 : 2 + ((i * 7 + seed) % 27)));

/** Eight shapes in turn, as buckets make them. */
const batchOf = (step: number): Batch =>
  collate(
    [0, 1].map((row) => ({
      source: ids(2 + ((step * 5 + row) % 30), step + row),
      target: ids(2 + ((step * 3 + row) % 14), step),
    })),
  );

describeBackends('a thousand steps', () => {
  it('hold no more memory at the end than when every shape had been met', async () => {
    const model = await microModel();
    const sets = trainedSets(model);
    const settings = { optimizer: adamw, totalSteps: steps, dropout: 0.1, seed: 1, microBatch: 1 };
    const trainer = new Trainer(model, settings, sets);
    const centre = sets.create('centre');
    sets.copy(sets.weights, centre);
    const executor = currentExecutor();
    const held = async () => {
      await executor.finish();
      const heap = executor instanceof WasmExecutor ? executor.heap.memory.buffer.byteLength : 0;
      return { ...deviceMemory(), heap };
    };
    const readings: Awaited<ReturnType<typeof held>>[] = [];
    for (let step = 0; step < steps; step++) {
      const reading = trainer.stepOf([{ batch: batchOf(step) }], (g) => {
        sets.addPenalty(g, 0.01, sets.weights, centre);
      });
      // A device that is asked for every loss waits for the host.
      if (step % 20 === 19) expect(await reading.value()).toBeGreaterThan(0);
      else reading.discard();
      if (step % 100 !== 99) continue;
      for (const shape of [0, 1, 2, 3, 4, 5]) await rowLosses(model, batchOf(shape));
      // Answers of four tokens are looked at once, so that what is compiled does not depend on when they end.
      await generate(model, [ids(5, 1), ids(9, 2), ids(30, 3)], { maxNewTokens: 4, beams: 1 });
      readings.push(await held());
    }
    expect(new Set(readings.map((reading) => JSON.stringify(reading)))).toEqual(
      new Set([JSON.stringify(readings[0])]),
    );
    await trainer.dispose();
    sets.dispose();
    await model.dispose();
  });
});
