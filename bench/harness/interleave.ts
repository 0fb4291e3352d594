/** Measures in turn, so that a busy moment of the machine falls on all sides alike. */
import type { Batch } from '../../src/engine/types';

export interface Side {
  name: string;
  /** One figure, a cost. */
  measure(): Promise<number>;
}

/**
 * A B C A B C …: one figure of each side a round.
 * @param say told of each round
 * @returns for each side its figures
 */
export async function interleave(
  sides: readonly Side[],
  rounds: number,
  say: (line: string) => void,
): Promise<number[][]> {
  const figures = sides.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of sides.entries()) figures[i]?.push(await side.measure());
    const line = sides.map(({ name }, i) => `${name} ${figures[i]?.at(-1)?.toPrecision(4) ?? ''}`);
    say(`  round ${round + 1}: ${line.join(', ')}`);
  }
  return figures;
}

/** What trains. */
interface Stepping<Input> {
  step(input: Input): void | Promise<void>;
  finish(): Promise<void>;
}

async function timeSteps<Input>(model: Stepping<Input>, input: Input, steps: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < steps; i++) await model.step(input);
  await model.finish();
  return (performance.now() - start) / steps;
}

/**
 * Milliseconds a step, over as many steps as fill `least` ms: how often a browser looks for finished work (some
 * do so ten times a second) then hardly counts. Two steps go before, which compile and allocate; one where a step takes
 * a minute.
 */
export async function stepSide<Input = Batch>(
  name: string,
  model: Stepping<Input>,
  input: Input,
  least: number,
): Promise<Side> {
  const first = await timeSteps(model, input, 1);
  const took = first > 40 * least ? first : await timeSteps(model, input, 1);
  const steps = Math.max(1, Math.min(256, Math.round(least / took)));
  return { name, measure: () => timeSteps(model, input, steps) };
}
