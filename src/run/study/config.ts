/**
 * StudyConfig: a plan run with several methods and seeds, as JSON. The page and the lab share this schema and the
 * queue that is made of it. `docs/studies.md` documents it for people.
 */
import * as v from 'valibot';
import { RunConfig, type ConfigProblem } from '../config';
import { methodLabel } from '../methodGuide';
import { Method } from '../methods';
import { trialsOf } from './trials';

const seed = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31));
const Seeds = v.pipe(
  v.array(seed),
  v.minLength(1),
  v.maxLength(100),
  v.check((seeds) => new Set(seeds).size === seeds.length, 'a seed is named twice'),
);
const learningRate = v.pipe(v.number(), v.minValue(1e-8), v.maxValue(10));
const label = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

/** One setting that is tried: the learning rate and what is changed in the method. */
export const Trial = v.strictObject({
  learningRate,
  settings: v.optional(v.record(v.string(), v.union([v.number(), v.string(), v.boolean()])), {}),
});

/** What makes runs of a study comparable, or is set for each of them. */
const SHARED = ['version', 'name', 'tasks', 'plan', 'method', 'seed'];

export const StudyMethod = v.strictObject({
  /** What tables call it; the method's own name by default. */
  label: v.optional(label),
  method: Method,
  /** Parts of the run config that are this method's own, whole keys at a time. */
  change: v.optional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.check(
        (change) => !SHARED.some((key) => key in change),
        `of ${SHARED.join(', ')} a study has one for all methods`,
      ),
    ),
    {},
  ),
  /** In place of the study's. */
  seeds: v.optional(Seeds),
  /** In place of the usual ones; as many as the study's `trials.count`. */
  trials: v.optional(v.array(Trial)),
});

export const StudyConfig = v.pipe(
  v.strictObject({
    version: v.literal(1),
    name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
    /** What is the same for all: its method and seed are replaced. */
    run: RunConfig,
    methods: v.pipe(v.array(StudyMethod), v.minLength(1), v.maxLength(64)),
    seeds: Seeds,
    /**
     * What is equal: the tokens that go through forward and backward, replayed ones included, or the steps. Methods
     * that see more tokens a step get fewer steps for the same tokens.
     */
    budget: v.optional(v.picklist(['tokens', 'steps']), 'tokens'),
    /** Settings tried for each method on validation rows, before its runs; null takes every method as it is given. */
    trials: v.optional(
      v.nullable(
        v.strictObject({
          count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64)), 4),
          /** None of those that are reported. */
          seed: v.optional(seed, 1000),
        }),
      ),
      null,
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { methods, seeds, trials } = dataset.value;
    const names = labelsOf(dataset.value);
    names.forEach((name, i) => {
      if (names.indexOf(name) !== i)
        addIssue({ message: `two methods are called "${name}"; give each a label of its own` });
    });
    if (!trials) return;
    if (seeds.includes(trials.seed) || methods.some((method) => method.seeds?.includes(trials.seed)))
      addIssue({ message: `the seed of the trials, ${trials.seed}, is one of those that are reported` });
    methods.forEach((method, i) => {
      if (method.trials && method.trials.length !== trials.count)
        addIssue({
          message: `"${names[i] ?? ''}" has ${method.trials.length} trials; every method gets ${trials.count}`,
        });
      // A method whose trials are never all done would never be run.
      const usual = method.trials ? trials.count : trialsOf(dataset.value, method).length;
      if (usual < trials.count)
        addIssue({
          message: `"${names[i] ?? ''}" has ${usual} usual settings to try, not ${trials.count}; list its trials`,
        });
    });
  }),
);

export type StudyConfig = v.InferOutput<typeof StudyConfig>;
export type StudyConfigInput = v.InferInput<typeof StudyConfig>;
export type StudyMethod = v.InferOutput<typeof StudyMethod>;
export type Trial = v.InferOutput<typeof Trial>;

/** What tables call each method, in the order of the study. */
export function labelsOf({ methods }: { methods: readonly StudyMethod[] }): string[] {
  return methods.map((method) => method.label ?? methodLabel(method.method));
}

/** Checks an unknown value; either the study with its defaults or every problem with its path. */
export function parseStudyConfig(
  value: unknown,
): { ok: true; study: StudyConfig } | { ok: false; problems: ConfigProblem[] } {
  const parsed = v.safeParse(StudyConfig, value);
  if (parsed.success) return { ok: true, study: parsed.output };
  return {
    ok: false,
    problems: parsed.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message })),
  };
}
