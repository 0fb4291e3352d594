/**
 * RunConfig: everything that decides a run, as JSON. A share link, a saved run, a lesson and the headless
 * lab all carry this one schema. `docs/run-config.md` documents it for people.
 */
import * as v from 'valibot';
import { Lora, loraConflicts } from './lora';
import { Method, type MethodConfig } from './methods';

const positiveInteger = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
const wholeNumber = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));
const between = (least: number, most: number) => v.pipe(v.number(), v.minValue(least), v.maxValue(most));
const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
/** Ids name tasks in plans, matrices and file names, so they stay plain. */
const identifier = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected lower-case letters, digits and hyphens, at most 64'),
);

/** Where the weights come from. `hub` is a repository of the Hub that the page was built for; `folder` is a Hugging Face folder beside the page (or, in the lab, the config). */
export const ModelSource = v.variant('source', [
  v.strictObject({ source: v.literal('bundled'), name: identifier }),
  v.strictObject({
    source: v.literal('hub'),
    id: v.pipe(text(200), v.regex(/^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/, 'expected owner/name')),
    /** Branch, tag or commit. */
    revision: v.optional(text(200), 'main'),
  }),
  v.strictObject({ source: v.literal('folder'), path: text(1000) }),
  v.strictObject({ source: v.literal('stored'), id: text(200) }),
  v.strictObject({ source: v.literal('checkpoint'), runId: text(200), checkpointId: text(200) }),
]);

/** How columns become a prompt and an answer: `{column}` holes, `{{` and `}}` for literal braces. */
export const Mapping = v.strictObject({
  input: text(20_000),
  target: text(20_000),
  /** Columns that hold further references, for metrics that take the best of several. */
  references: v.optional(v.array(text(200))),
});

/** Parts cut from one file by seed, when a task brings no validation or test file of its own. */
export const Split = v.strictObject({
  validation: v.optional(between(0, 0.9), 0.1),
  test: v.optional(between(0, 0.9), 0.2),
  seed: v.optional(wholeNumber(2 ** 31), 0),
});

export const TaskData = v.variant('kind', [
  v.strictObject({ kind: v.literal('sample'), name: identifier }),
  v.strictObject({
    kind: v.literal('files'),
    train: text(1000),
    validation: v.optional(text(1000)),
    test: v.optional(text(1000)),
    mapping: v.optional(Mapping),
    split: v.optional(Split),
  }),
  v.strictObject({ kind: v.literal('stored'), id: text(200), mapping: Mapping, split: v.optional(Split) }),
]);

export const MetricName = v.picklist([
  'exact-match',
  'token-f1',
  'rouge-1',
  'rouge-2',
  'rouge-l',
  'rouge-lsum',
  'loss',
]);

export const TaskConfig = v.strictObject({
  id: identifier,
  name: text(200),
  metric: MetricName,
  data: TaskData,
});

export const Stage = v.pipe(
  v.strictObject({
    task: identifier,
    steps: v.optional(positiveInteger(1_000_000)),
    epochs: v.optional(between(0.01, 1000)),
  }),
  v.check((s) => (s.steps === undefined) !== (s.epochs === undefined), 'give either steps or epochs'),
);

export const Schedule = v.strictObject({
  name: v.picklist(['constant', 'linear', 'cosine']),
  warmupSteps: v.optional(wholeNumber(1_000_000), 0),
});

const shared = {
  learningRate: between(1e-8, 10),
  schedule: v.optional(Schedule, { name: 'constant' as const }),
  /** Largest global gradient norm; 0 turns clipping off. */
  clipNorm: v.optional(between(0, 1e6), 1),
};

export const Optimizer = v.variant('name', [
  v.strictObject({
    name: v.literal('adamw'),
    ...shared,
    weightDecay: v.optional(between(0, 1), 0),
    beta1: v.optional(between(0, 0.9999999), 0.9),
    beta2: v.optional(between(0, 0.9999999), 0.999),
    epsilon: v.optional(between(1e-12, 1), 1e-8),
  }),
  /** Adafactor as Hugging Face recommends it for T5: no relative step, no parameter scaling, no first moment. */
  v.strictObject({
    name: v.literal('adafactor'),
    ...shared,
    weightDecay: v.optional(between(0, 1), 0),
    decayRate: v.optional(between(-1, 0), -0.8),
    clipThreshold: v.optional(between(1e-6, 1e6), 1),
  }),
]);

export const Evaluation = v.strictObject({
  /** Score every task each so many training steps, on a fixed sample of validation rows. */
  everySteps: v.optional(positiveInteger(1_000_000), 50),
  examples: v.optional(positiveInteger(100_000), 100),
  /** Rows of the test part behind each entry of R. */
  testExamples: v.optional(positiveInteger(100_000), 500),
  batchSize: v.optional(positiveInteger(1024), 32),
  maxNewTokens: v.optional(positiveInteger(1024), 32),
  beams: v.optional(positiveInteger(16), 1),
  /** Prompts of each task whose answers are kept at every stage. */
  samples: v.optional(wholeNumber(100), 6),
  /**
   * Tells what the model knows from how it answers: on so many test rows the likelihood of so many labels is
   * measured, at every row of R. Costs `examples` × `labels` teacher-forced rows each time; 0 examples turn it off.
   */
  knowledge: v.optional(
    v.strictObject({
      examples: v.optional(wholeNumber(100_000), 64),
      labels: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(200)), 12),
    }),
    {},
  ),
});

export const RunConfig = v.pipe(
  v.strictObject({
    version: v.literal(1),
    name: v.optional(text(200)),
    model: ModelSource,
    tasks: v.pipe(v.array(TaskConfig), v.minLength(1), v.maxLength(64)),
    plan: v.strictObject({
      stages: v.pipe(v.array(Stage), v.minLength(1), v.maxLength(64)),
      /** Tasks that are scored and never trained. */
      watched: v.optional(v.array(identifier), []),
      /**
       * Watched tasks whose training rows methods may use as if they had been stages before the first: the model
       * knows them already, and there are old data of them to protect them with.
       */
      rehearsed: v.optional(v.array(identifier)),
      /**
       * After the last stage every earlier task is learnt again by plain fine-tuning for at most so many steps, each
       * from the weights that the plan ended with, which then return: for savings.
       */
      relearn: v.optional(v.strictObject({ steps: positiveInteger(1_000_000) })),
      /**
       * Stages are cut so that a method that sees more tokens a step, replayed ones say, trains on as many tokens as
       * plain fine-tuning does in the steps that are written here.
       */
      equalTokens: v.optional(v.boolean()),
    }),
    method: v.optional(Method, { name: 'sequential' as const }),
    /** An adapter is trained in place of the weights; without it all of them are. */
    lora: v.optional(Lora),
    optimizer: Optimizer,
    batchSize: v.optional(positiveInteger(1024), 8),
    /** Rows of a batch that go through the model at once; their gradients add up. Chosen to fit where it is left out. */
    accumulate: v.optional(positiveInteger(1024)),
    /** Compute activations again in the backward pass in place of keeping them. Chosen to fit where it is left out. */
    checkpointActivations: v.optional(v.boolean()),
    maxSourceTokens: v.optional(positiveInteger(4096), 96),
    maxTargetTokens: v.optional(positiveInteger(1024), 32),
    /** Overrides the model's own dropout rate while training. */
    dropout: v.optional(between(0, 0.9)),
    evaluation: v.optional(Evaluation, {}),
    seed: v.optional(wholeNumber(2 ** 31), 0),
    /** Goes on from a checkpoint of another run of the same plan, kept in this browser: what was before is that run's. */
    fork: v.optional(v.strictObject({ runId: text(200), checkpointId: text(200) })),
    backend: v.optional(v.picklist(['auto', 'webgpu', 'wasm']), 'auto'),
  }),
  v.check(
    (c) => new Set(c.tasks.map((t) => t.id)).size === c.tasks.length,
    'two tasks share an id; every id must be unique',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { tasks, plan } = dataset.value;
    const known = new Set(tasks.map((t) => t.id));
    const staged = new Set(plan.stages.map((s) => s.task));
    const unknown = (id: string) => `no task has the id "${id}"; the tasks are ${[...known].join(', ')}`;
    plan.stages.forEach((s) => {
      if (!known.has(s.task)) addIssue({ message: unknown(s.task), path: pathTo(dataset.value, 'stages') });
    });
    plan.watched.forEach((id) => {
      if (!known.has(id)) addIssue({ message: unknown(id), path: pathTo(dataset.value, 'watched') });
      else if (staged.has(id))
        addIssue({
          message: `"${id}" is trained in a stage; a watched task is never trained`,
          path: pathTo(dataset.value, 'watched'),
        });
    });
    const rehearsed = plan.rehearsed ?? [];
    rehearsed.forEach((id) => {
      if (!plan.watched.includes(id))
        addIssue({
          message: `"${id}" is not watched; only watched tasks are rehearsed`,
          path: pathTo(dataset.value, 'rehearsed'),
        });
    });
    if (new Set(rehearsed).size !== rehearsed.length)
      addIssue({ message: 'a task is named twice', path: pathTo(dataset.value, 'rehearsed') });
    const { method } = dataset.value;
    if (method.name === 'freezing' && method.embeddings && method.encoder && method.decoder)
      addIssue({ message: 'freezing embeddings, encoder and decoder leaves nothing to train' });
    const { lora } = dataset.value;
    if (lora)
      for (const message of loraConflicts(lora, method, plan.relearn !== undefined)) addIssue({ message });
    if (staged.size !== plan.stages.length)
      addIssue({ message: 'a task is trained in two stages', path: pathTo(dataset.value, 'stages') });
  }),
  // O-LoRA is made of adapters, whether their settings are given or not.
  v.transform((c) => (c.method.name === 'o-lora' && !c.lora ? { ...c, lora: v.parse(Lora, {}) } : c)),
);

type Path = [v.IssuePathItem, ...v.IssuePathItem[]];
function pathTo(input: { plan: object }, key: string): Path {
  const plan = input.plan as Record<string, unknown>;
  return [
    { type: 'object', origin: 'value', input, key: 'plan', value: plan },
    { type: 'object', origin: 'value', input: plan, key, value: plan[key] },
  ];
}

/** A checked config with every default filled in. */
export type RunConfig = v.InferOutput<typeof RunConfig>;
/** What a person writes: defaults may be left out. */
export type RunConfigInput = v.InferInput<typeof RunConfig>;
export type TaskConfig = v.InferOutput<typeof TaskConfig>;
export type TaskData = v.InferOutput<typeof TaskData>;
export type ModelSource = v.InferOutput<typeof ModelSource>;
export type Mapping = v.InferOutput<typeof Mapping>;
export type Split = v.InferOutput<typeof Split>;
export type MetricName = v.InferOutput<typeof MetricName>;
export type Optimizer = v.InferOutput<typeof Optimizer>;
export type Schedule = v.InferOutput<typeof Schedule>;
export type Evaluation = v.InferOutput<typeof Evaluation>;
export type Stage = v.InferOutput<typeof Stage>;

/** The config with another method. Adapters that are O-LoRA's go with it: to other methods they would be a choice. */
export function withMethod(config: RunConfig, method: MethodConfig): RunConfig {
  const { lora, ...others } = config;
  const goes = config.method.name === 'o-lora' && method.name !== 'o-lora';
  return { ...others, ...(lora && !goes && { lora }), method };
}

export interface ConfigProblem {
  /** Dotted path into the config, `plan.stages.0.steps`; empty for the whole. */
  path: string;
  message: string;
}

/** Checks an unknown value; either the config with its defaults or every problem with its path. */
export function parseRunConfig(
  value: unknown,
): { ok: true; config: RunConfig } | { ok: false; problems: ConfigProblem[] } {
  const parsed = v.safeParse(RunConfig, value);
  if (parsed.success) return { ok: true, config: parsed.output };
  return {
    ok: false,
    problems: parsed.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message })),
  };
}
