/** How far what we compute is from what Hugging Face computed, and whether that is near enough. */

/** One line of the report. */
export interface Check {
  quantity: string;
  passed: boolean;
  /** Largest absolute difference; absent where equality is asked for. */
  absolute?: number;
  /** The same relative to the largest value of its tensor, or what the tolerance is about. */
  relative?: number;
  /** Which tensor is worst, or what differs. */
  detail: string;
}

/** Logits and gradients: relative to the largest value of the tensor. */
export const VALUE_TOLERANCE = 1e-4;
/** Weights after training: an element is off when it errs by more than this share of the largest change … */
export const CHANGE_TOLERANCE = 0.01;
/** … and at most this share of a tensor may be: Adam turns the rounding of a near-zero gradient into a step. */
export const SHARE_OFF = 0.001;

/** Anything that is not a number is infinitely wrong. */
const distance = (a: number, b: number): number => {
  const d = Math.abs(a - b);
  return Number.isNaN(d) ? Infinity : d;
};

/** Each tensor is held to its own largest value; the report names the worst. */
export function compareValues(
  quantity: string,
  expected: ReadonlyMap<string, ArrayLike<number>>,
  actual: ReadonlyMap<string, ArrayLike<number>>,
): Check {
  const strays = namesThatDiffer(expected, actual);
  if (strays !== null) return { quantity, passed: false, detail: strays };
  let absolute = 0;
  let relative = 0;
  let worst = '';
  for (const [name, wanted] of expected) {
    const found = actual.get(name)!;
    if (found.length !== wanted.length)
      return { quantity, passed: false, detail: `${name} has ${found.length} of ${wanted.length} values` };
    let largest = 0;
    let difference = 0;
    for (let i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(wanted[i]!));
      difference = Math.max(difference, distance(found[i]!, wanted[i]!));
    }
    // Where all of a tensor is zero, nothing but zero is near.
    const share = difference === 0 ? 0 : difference / largest;
    absolute = Math.max(absolute, difference);
    if (share >= relative) {
      relative = share;
      worst = name;
    }
  }
  return { quantity, passed: relative <= VALUE_TOLERANCE, absolute, relative, detail: worst };
}

/** Weights after training, tensor by tensor, against how far training moved each tensor. */
export function compareTrained(
  quantity: string,
  start: ReadonlyMap<string, ArrayLike<number>>,
  expected: ReadonlyMap<string, ArrayLike<number>>,
  actual: ReadonlyMap<string, ArrayLike<number>>,
): Check {
  const strays = namesThatDiffer(expected, actual);
  if (strays !== null) return { quantity, passed: false, detail: strays };
  let absolute = 0;
  let relative = 0;
  let mostOff = 0;
  let worst = '';
  for (const [name, wanted] of expected) {
    const found = actual.get(name)!;
    const before = start.get(name);
    if (before?.length !== wanted.length || found.length !== wanted.length)
      return { quantity, passed: false, detail: `${name} has another size` };
    let largestChange = 0;
    let changed = false;
    for (let i = 0; i < wanted.length; i++) {
      largestChange = Math.max(largestChange, distance(wanted[i]!, before[i]!));
      changed ||= found[i] !== before[i];
    }
    if (!changed) return { quantity, passed: false, detail: `${name} has not changed` };
    let off = 0;
    for (let i = 0; i < wanted.length; i++) {
      const error = distance(found[i]!, wanted[i]!);
      absolute = Math.max(absolute, error);
      relative = Math.max(relative, error / largestChange);
      if (error > CHANGE_TOLERANCE * largestChange) off += 1;
    }
    if (off / wanted.length >= mostOff) {
      mostOff = off / wanted.length;
      worst = name;
    }
  }
  const detail = mostOff === 0 ? 'no element off' : `${(100 * mostOff).toFixed(3)} % off: ${worst}`;
  return { quantity, passed: mostOff <= SHARE_OFF, absolute, relative, detail };
}

/** Token ids and texts: all must be equal. */
export function compareEqual<T>(
  quantity: string,
  expected: readonly T[],
  actual: readonly T[],
  label: (index: number) => string = (index) => `row ${index}`,
): Check {
  const differing = expected.flatMap((wanted, i) =>
    JSON.stringify(wanted) === JSON.stringify(actual[i]) ? [] : [i],
  );
  if (differing.length === 0 && actual.length === expected.length)
    return { quantity, passed: true, detail: `${expected.length} equal` };
  const first = differing[0] ?? expected.length;
  return {
    quantity,
    passed: false,
    detail: `${label(first)}: expected ${JSON.stringify(expected[first])}, got ${JSON.stringify(actual[first])}`,
  };
}

function namesThatDiffer(
  expected: ReadonlyMap<string, unknown>,
  actual: ReadonlyMap<string, unknown>,
): string | null {
  const missing = [...expected.keys()].find((name) => !actual.has(name));
  if (missing !== undefined) return `${missing} is missing`;
  const extra = [...actual.keys()].find((name) => !expected.has(name));
  return extra === undefined ? null : `${extra} is not in the fixture`;
}
