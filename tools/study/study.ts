/**
 * A study: which learning rate a plan is run with, and what methods save of the tasks that the model knew. A study
 * file names a RunConfig and what is varied in it; every run is the lab's, on the config that is written here.
 */
import * as v from 'valibot';
import type { RunConfigInput } from '../../src/run/config';

const Seeds = v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.minLength(1));
const Points = v.pipe(v.number(), v.minValue(0));

export const Study = v.strictObject({
  version: v.literal(1),
  /** The RunConfig, relative to the study's file. */
  config: v.string(),
  /** The task that the model is specialised on: the learning rate is the best for its validation score. */
  newTask: v.string(),
  /** Tasks that the model knew and that the comparison is about, staged earlier or watched. */
  knownTasks: v.array(v.string()),
  learningRates: v.pipe(v.array(v.pipe(v.number(), v.gtValue(0))), v.minLength(1)),
  sweepSeeds: Seeds,
  seeds: Seeds,
  /** RunConfig's `method` by the name that tables have for it; `sequential` is what the others are compared with. */
  methods: v.pipe(
    v.record(v.string(), v.looseObject({ name: v.string() })),
    v.check((methods) => 'sequential' in methods, 'expected a method called sequential'),
  ),
  /** What the study has to show, of these what it names. Points, shares in per cent, seconds of a sequential run. */
  bars: v.strictObject({
    /** The known task that loses most under sequential loses at least this. */
    drop: v.optional(Points),
    /** Of which some other method saves this share, */
    saved: v.optional(Points),
    /** with a 95 % interval that does not go below this. */
    savedAtLeast: v.optional(Points),
    /** The new task gains at least this. */
    gain: v.optional(Points),
    /** The saving method's score on the new task is at most this below sequential's. */
    within: v.optional(Points),
    /** Forgetting under sequential, the mean over the known tasks, is at least this, and its interval excludes 0. */
    forgetting: v.optional(Points),
    /** The new task ends at least here under sequential, */
    final: v.optional(Points),
    /** and at least so far above the turn or sentence of each prompt that scores best when copied. */
    aboveCopied: v.optional(Points),
    seconds: v.optional(Points),
  }),
});
export type Study = v.InferOutput<typeof Study>;

export interface PlannedRun {
  /** A folder's name. */
  name: string;
  method: string;
  learningRate: number;
  seed: number;
  config: RunConfigInput;
}

function planned(
  study: Study,
  base: RunConfigInput,
  method: string,
  learningRate: number,
  seed: number,
): PlannedRun {
  const name = `${method}-lr${learningRate}-seed${seed}`;
  const config = {
    ...base,
    name: `${base.name ?? study.newTask}: ${method}`,
    method: study.methods[method],
    optimizer: { ...base.optimizer, learningRate },
    seed,
  } as RunConfigInput;
  return { name, method, learningRate, seed, config };
}

/** Sequential runs at every learning rate, for each seed of the sweep. */
export function sweepRuns(study: Study, base: RunConfigInput): PlannedRun[] {
  return study.learningRates.flatMap((rate) =>
    study.sweepSeeds.map((seed) => planned(study, base, 'sequential', rate, seed)),
  );
}

/** Every method with every seed, at one learning rate; runs that the sweep had keep their names. */
export function comparisonRuns(study: Study, base: RunConfigInput, learningRate: number): PlannedRun[] {
  return Object.keys(study.methods).flatMap((method) =>
    study.seeds.map((seed) => planned(study, base, method, learningRate, seed)),
  );
}
