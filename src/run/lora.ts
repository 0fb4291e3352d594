/**
 * LoRA in a config: a low-rank adapter is trained in place of the weights, with any method that still means something
 * then. @see Hu et al. 2021, "LoRA"
 */
import * as v from 'valibot';
import type { MethodConfig, MethodName } from './methods';

/** T5's projections by their own names; `wi` is both halves of a gate. */
export const loraTargets = ['q', 'k', 'v', 'o', 'wi', 'wo'] as const;

export const Lora = v.strictObject({
  /** Inner size of the two matrices beside each projection. */
  rank: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(512)), 8),
  /** Their product is scaled by alpha / rank. */
  alpha: v.optional(v.pipe(v.number(), v.minValue(1e-6), v.maxValue(1e6)), 16),
  /** Of the adapter's input while it trains, beside the model's own dropout. */
  dropout: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.9)), 0),
  /** The projections that it goes beside, of encoder and decoder. */
  targets: v.optional(
    v.pipe(
      v.array(v.picklist(loraTargets)),
      v.minLength(1, 'an adapter goes beside at least one of q, k, v, o, wi, wo'),
      v.check((targets) => new Set(targets).size === targets.length, 'a projection is named twice'),
    ),
    ['q', 'v'],
  ),
  /** One for all stages, or a fresh one each stage: then the task must be known when it is scored. */
  adapters: v.optional(v.picklist(['shared', 'per-task']), 'shared'),
  /** How the frozen weights are kept: f16 takes half the memory and rounds matrices and the vocabulary's tables. */
  base: v.optional(v.picklist(['f32', 'f16']), 'f32'),
});

export type LoraConfig = v.InferOutput<typeof Lora>;
export type LoraInput = v.InferInput<typeof Lora>;

/**
 * How the adapters of a run stand to each other: one for all stages, one a task of which the task's own answers, or
 * one a stage of which all answer together.
 */
export type AdapterUse = 'shared' | 'per-task' | 'summed';

export function adapterUse(lora: Pick<LoraConfig, 'adapters'>, method: { name: MethodName }): AdapterUse {
  return method.name === 'o-lora' ? 'summed' : lora.adapters;
}

/** Whether each task of a run answers with an adapter of its own, which no checkpoint merged into one model has. */
export function adapterEachTask(config: {
  lora?: Pick<LoraConfig, 'adapters'> | undefined;
  method: { name: MethodName };
}): boolean {
  return config.lora !== undefined && adapterUse(config.lora, config.method) === 'per-task';
}

/** What still means something where every task has an adapter that nothing later touches. */
const besideOneATask: readonly MethodName[] = ['sequential', 'wise-ft', 'ema'];

/** Why LoRA and the rest of a config do not go together, naming both; nothing where they do. */
export function loraConflicts(lora: LoraConfig, method: MethodConfig, relearns: boolean): string[] {
  const { name } = method;
  if (name === 'freezing')
    return [
      'freezing and lora: LoRA freezes every weight already; choose lora.targets in place of the method freezing',
    ];
  if (lora.adapters === 'shared') return [];
  if (name === 'o-lora')
    return [
      'o-lora and lora.adapters per-task: O-LoRA adds up the adapters of all stages, so that no task need be known; leave lora.adapters out',
    ];
  const problems: string[] = [];
  if (name === 'joint')
    problems.push(
      'joint and lora.adapters per-task: joint training has one stage for all tasks; take lora.adapters shared',
    );
  else if (!besideOneATask.includes(name))
    problems.push(
      `${name} and lora.adapters per-task: nothing that is learnt later touches a task's own adapter, so ${name} has nothing to protect; take lora.adapters shared, or the method sequential, wise-ft or ema`,
    );
  if (relearns)
    problems.push(
      'plan.relearn and lora.adapters per-task: a task with an adapter of its own is not forgotten, so there is nothing to learn again',
    );
  return problems;
}
