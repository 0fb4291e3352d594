/** What a model computes, copied to the host, for tests that hold it to another implementation. */
import type { Adapter } from './adapters/adapter';
import { scalars as slots } from './program/scalars';
import { Parameters } from './parameters';
import type { T5Model } from './t5/model';
import { writeBatch, writeBuckets } from './t5/stepInputs';
import { inspectionProgram } from './t5/trainingStep';
import type { Batch } from './types';

const shapeOf = (batch: Batch) => ({ B: batch.rows, S: batch.sourceLength, T: batch.targetLength });

/**
 * Encoder output and teacher-forced logits, without dropout.
 * @returns row-major `encoderOutput` [rows, sourceLength, dModel], `logits` [rows, targetLength, vocabSize]
 */
export function forward(
  model: T5Model,
  batch: Batch,
): Promise<{ encoderOutput: Float32Array; logits: Float32Array }> {
  const { executor, config } = model;
  return model.enqueue(async () => {
    const step = inspectionProgram(config, shapeOf(batch), model.arenas());
    const { inputs, encoded, logits } = step;
    const loaded = await executor.load(step.program);
    writeBuckets(executor, loaded, step, config);
    writeBatch(executor, loaded, inputs, batch, config);
    executor.run(loaded);
    const result = {
      encoderOutput: await executor.read(encoded, loaded),
      logits: await executor.read(logits, loaded),
    };
    executor.unload(loaded);
    return result;
  });
}

/**
 * Loss and its gradient at the weights as they are, without dropout and clipping; or the gradient of an attached
 * adapter.
 * @returns loss in nats a token; gradients row-major, by the names of Hugging Face
 */
export function lossAndGradients(
  model: T5Model,
  batch: Batch,
  adapter?: Adapter,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const { executor } = model;
  return model.enqueue(async () => {
    const { layout } = adapter?.parameters ?? model.parameters;
    const set = new Parameters(executor, layout, 'inspected');
    const training = { gradients: set, dropout: 0, ...(adapter && { adapter: { adapter, dropout: 0 } }) };
    const step = await model.loadStep(shapeOf(batch), training);
    const tokens = batch.labels.reduce((n, label) => n + (label >= 0 ? 1 : 0), 0);
    model.setScalar(slots.lossScale, 1 / tokens);
    model.writeScalars();
    model.runStep(step, batch);
    const losses = await executor.read(step.inputs.rowLoss, step.loaded);
    const gradients = new Map<string, Float32Array>();
    for await (const { name, data } of set.tensors()) gradients.set(name, data);
    executor.unload(step.loaded);
    set.dispose();
    return { loss: losses.reduce((sum, x) => sum + x, 0) / tokens, gradients };
  });
}
