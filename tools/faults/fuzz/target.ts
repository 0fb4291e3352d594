/** A reader of what strangers made, and what must hold whatever it is given. */
import fc from 'fast-check';

export interface Target<Input = unknown> {
  name: string;
  input: fc.Arbitrary<Input>;
  /** Bytes of an input, for the time that is allowed. */
  size: (input: Input) => number;
  /**
   * Reads it, and holds what was accepted to what is known of the input.
   * @throws Refusal for bad input; anything else is a fault of the reader
   */
  read: (input: Input) => unknown;
}

/** A refusal in words that name the place. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** What was accepted and is not what the input says. */
export class Lie extends Error {
  override readonly name = 'Lie';
}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Lie(what);
}

/** @throws Refusal in the place of an error of the reader's own kind, when its words name the place */
export function refused(
  error: unknown,
  kinds: readonly (new (...given: never[]) => Error)[],
  place: string,
): never {
  const own = kinds.some((kind) => error instanceof kind);
  if (!own) throw error;
  const { message } = error as Error;
  if (!message.includes(place)) throw new Lie(`the error does not name ${place}: ${message}`);
  if (message.length < place.length + 10) throw new Lie(`the error says too little: ${message}`);
  throw new Refusal(message);
}

export interface Fuzzed {
  inputs: number;
  accepted: number;
  refused: number;
  /** Longest time of an input, milliseconds, and the most a megabyte. */
  longest: number;
  failure: string | null;
}

/** A second, and one more for each megabyte. */
export const allowedMs = (bytes: number): number => 1000 + bytes / 1000;

/**
 * @param patience how many times as long as allowed a reading may take; a busy machine says little of the reader
 * @returns what failed is in the result, with the smallest input that fails
 */
export async function fuzz<Input>(
  target: Target<Input>,
  inputs: number,
  seed: number,
  patience = 1,
): Promise<Fuzzed> {
  const told: Fuzzed = { inputs: 0, accepted: 0, refused: 0, longest: 0, failure: null };
  const property = fc.asyncProperty(target.input, async (input) => {
    told.inputs++;
    const from = performance.now();
    try {
      await target.read(input);
      told.accepted++;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      told.refused++;
    }
    const took = performance.now() - from;
    told.longest = Math.max(told.longest, took);
    if (took > patience * allowedMs(target.size(input))) throw new Lie(`it took ${took.toFixed(0)} ms`);
  });
  const result = await fc.check(property, { numRuns: inputs, seed });
  if (result.failed) {
    const { errorInstance, counterexample } = result;
    const why =
      errorInstance instanceof Error
        ? `${errorInstance.name}: ${errorInstance.message}`
        : String(errorInstance);
    told.failure = `${target.name}: ${why} (seed ${seed}, path ${result.counterexamplePath ?? ''}): ${fc.stringify(counterexample).slice(0, 600)}`;
  }
  return told;
}

export const stream = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 100) yield await Promise.resolve(bytes.subarray(at, at + 100));
};

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
