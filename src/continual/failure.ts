/** Why a run failed, in words that say what to do. */
import type { RunResult } from '../run/result';
import type { Learner } from './learner';
import { DivergedError } from './lossQueue';

/** The message of a failed run. */
export function explain(error: unknown, record: RunResult, learner: Learner): string {
  if (error instanceof DivergedError) return explainDivergence(error, record, learner);
  return error instanceof Error ? error.message : String(error);
}

function explainDivergence(error: DivergedError, record: RunResult, learner: Learner): string {
  if (error.step < 0) {
    return `The model as loaded has a loss of ${error.value}: its weights are damaged, or not made for float32.`;
  }
  const band = record.bands.find((b) => error.step >= b.from && error.step < b.to);
  const rate = learner.learningRate(error.step - (band?.from ?? 0));
  const { optimizer } = record.config;
  const advice = [`lower the learning rate (${short(optimizer.learningRate / 10)}, say)`];
  if (optimizer.schedule.warmupSteps === 0) advice.push('let it warm up over some steps');
  if (optimizer.clipNorm === 0) advice.push('clip the gradient norm to 1');
  return (
    `The ${error.what} became ${short(error.value)} at step ${error.step + 1}, with the learning rate ${short(rate)}. ` +
    `To try: ${advice.join('; ')}. The last good checkpoint is kept.`
  );
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
