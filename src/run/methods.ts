/**
 * The methods of continual learning and their settings, in the words of their papers. `docs/methods.md` documents
 * them for people, `methodGuide.ts` words them for the page.
 */
import * as v from 'valibot';

const count = (most: number, usual: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most)), usual);
const between = (least: number, most: number, usual: number) =>
  v.optional(v.pipe(v.number(), v.minValue(least), v.maxValue(most)), usual);

/** How tasks of different sizes are mixed: rates go with min(n, cap)^(1/temperature), n rows to train on. */
const mixing = {
  mixing: v.optional(v.picklist(['proportional', 'capped', 'temperature']), 'proportional'),
  /** Rows that count at most, where mixing is capped or by temperature. */
  cap: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000_000)), 3000),
  temperature: between(1, 100, 2),
};

export const Method = v.variant('name', [
  v.strictObject({ name: v.literal('sequential') }),
  v.strictObject({ name: v.literal('joint'), ...mixing }),
  v.strictObject({
    name: v.literal('multi-task'),
    /** Of each batch, taken from the earlier tasks. */
    share: between(0, 0.95, 0.5),
    ...mixing,
  }),
  v.strictObject({
    name: v.literal('replay'),
    memory: v.optional(v.picklist(['count', 'share', 'reservoir']), 'count'),
    /** Examples kept of each task. */
    count: count(1_000_000, 50),
    /** Of each task's training rows, kept. */
    share: between(0, 1, 0.01),
    /** Examples kept of all tasks together. */
    capacity: count(1_000_000, 200),
    /** Replayed examples for each new one. */
    ratio: between(0, 8, 1),
  }),
  v.strictObject({
    name: v.literal('der++'),
    /** Examples kept of all tasks together, each with its logits. */
    capacity: count(100_000, 200),
    /** Of the mean squared difference from the stored logits. */
    alpha: between(0, 1000, 0.1),
    /** Of the loss on replayed answers. */
    beta: between(0, 1000, 0.5),
    ratio: between(0, 8, 1),
  }),
  v.strictObject({
    name: v.literal('a-gem'),
    /** Examples kept of each task. */
    count: count(1_000_000, 50),
    /** Examples behind the reference gradient of a step. */
    sample: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1024)), 16),
  }),
  v.strictObject({
    name: v.literal('lwf'),
    /** λ, of the distillation loss. */
    lambda: between(0, 1000, 1),
    temperature: between(0.1, 100, 2),
  }),
  v.strictObject({
    name: v.literal('ewc'),
    mode: v.optional(v.picklist(['separate', 'online']), 'online'),
    /** Penalty λ/2 · Σ F (θ − θ*)². */
    lambda: between(0, 1e12, 1000),
    /** Training rows behind each Fisher estimate. */
    samples: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)), 200),
    /** Labels drawn from the model, as the Fisher has it, or those of the rows (the empirical Fisher). */
    fisher: v.optional(v.picklist(['sampled', 'empirical']), 'sampled'),
    /** γ, what is left of the older Fisher at each stage, where mode is online. */
    gamma: between(0, 1, 1),
  }),
  v.strictObject({
    name: v.literal('l2-sp'),
    /** Penalty α/2 · ‖θ − θ°‖². */
    alpha: between(0, 1e6, 0.01),
    /** θ°: the weights before each stage, or before the run. */
    anchor: v.optional(v.picklist(['stage', 'start']), 'stage'),
  }),
  v.strictObject({
    name: v.literal('freezing'),
    /** Parts that are not trained. */
    embeddings: v.optional(v.boolean(), true),
    encoder: v.optional(v.boolean(), false),
    decoder: v.optional(v.boolean(), false),
    /** The first so many layers of encoder and decoder. */
    layers: count(100, 0),
  }),
  v.strictObject({
    name: v.literal('o-lora'),
    /** λ, of the overlap Σ|A·A'ᵀ| between the adapter of the stage and each of the stages before. */
    lambda: between(0, 1e6, 0.5),
  }),
  v.strictObject({
    name: v.literal('wise-ft'),
    /** 0 is the weights before a stage, 1 those after it. */
    alpha: between(0, 1, 0.5),
  }),
  v.strictObject({ name: v.literal('ema'), decay: between(0, 0.999999, 0.99) }),
  v.strictObject({ name: v.literal('soup') }),
]);

export type MethodConfig = v.InferOutput<typeof Method>;
export type MethodInput = v.InferInput<typeof Method>;
export type MethodName = MethodConfig['name'];
export type MixingSettings = Pick<MethodConfig & { name: 'joint' }, 'mixing' | 'cap' | 'temperature'>;

/** What the one band of joint training has for its task: no task's id can be this. */
export const ALL_TASKS = '*';

/** True for methods that train all tasks of the plan in a single stage, with the steps of all stages. */
export function trainsJointly(method: { name: MethodName }): boolean {
  return method.name === 'joint';
}

/** Tasks that a plan has learnt again after its last stage: those of the stages before, of joint training none. */
export function relearntTasks(
  plan: { stages: readonly { task: string }[]; relearn?: { steps: number } | undefined },
  method: { name: MethodName },
): string[] {
  if (!plan.relearn || trainsJointly(method)) return [];
  return plan.stages.slice(0, -1).map(({ task }) => task);
}

/**
 * The size of DER++'s memory in bytes: of each example two for every target token and word of the vocabulary.
 * @param targetTokens of an example: the most there can be for a bound, or the mean
 */
export function logitBufferBytes(capacity: number, targetTokens: number, vocabSize: number): number {
  return 2 * capacity * targetTokens * vocabSize;
}
