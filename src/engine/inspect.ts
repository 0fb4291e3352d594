/** What a model computes, copied to the host, for tests that hold it to another implementation. */
import { forward as runForward } from './t5/forward';
import type { T5Model } from './t5/model';
import { FrozenPass } from './t5/pass';
import { dispose, tidy } from './tf';
import { lossAndGradients as differentiate } from './trainer';
import type { Batch } from './types';

/**
 * Encoder output and teacher-forced logits, without dropout.
 * @returns row-major `encoderOutput` [rows, sourceLength, dModel], `logits` [rows, targetLength, vocabSize]
 */
export async function forward(
  model: T5Model,
  batch: Batch,
): Promise<{ encoderOutput: Float32Array; logits: Float32Array }> {
  const pass = new FrozenPass(model.config, model.parameters);
  const { encoded, logits } = tidy(() => runForward(pass, batch));
  pass.dispose();
  const encoderOutput = (await encoded.data<'float32'>()).slice();
  const values = (await logits.data<'float32'>()).slice();
  dispose([encoded, logits]);
  return { encoderOutput, logits: values };
}

/**
 * The mean loss and the gradient of every parameter, before clipping, without dropout.
 * @returns loss in nats a token; gradients row-major, by the names of Hugging Face
 */
export async function lossAndGradients(
  model: T5Model,
  batch: Batch,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const device = tidy(() => {
    const { loss, gradients } = differentiate(model, batch, { rate: 0, seed: 0, step: 0 });
    return { loss, gradients: Object.fromEntries(gradients) };
  });
  const gradients = new Map<string, Float32Array>();
  for (const [name, gradient] of Object.entries(device.gradients))
    gradients.set(name, (await gradient.data<'float32'>()).slice());
  const loss = (await device.loss.data())[0]!;
  dispose(device);
  return { loss, gradients };
}
