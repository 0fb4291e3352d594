/**
 * What a config sets and the form has no field for. It goes through the form as it came, so that a link, a reload and
 * "Set up like this" run what they say, and is named beside the settings.
 */
import * as v from 'valibot';
import { Evaluation, Optimizer, type RunConfig, type RunConfigInput } from '../../run/config';
import type { Form } from './form';

/** Settings of one optimizer alone. */
type OwnSettings = Readonly<Record<string, number>>;

export interface Carried {
  readonly accumulate?: number;
  readonly checkpointActivations?: boolean;
  readonly equalTokens?: boolean;
  readonly knowledgeLabels?: number;
  readonly optimizer?: { readonly name: RunConfig['optimizer']['name']; readonly own: OwnSettings };
  /** A run goes on from a checkpoint of another for as long as its plan and data are `of`, which are that run's. */
  readonly fork?: { readonly from: NonNullable<RunConfig['fork']>; readonly of: string };
}

function ownSettings(optimizer: RunConfig['optimizer']): OwnSettings {
  const { name: _, learningRate: __, schedule: ___, clipNorm: ____, weightDecay: _____, ...own } = optimizer;
  return own;
}

/** What a fork shares with the run that it goes on from. */
function forkedPlan({ model, tasks, stages, watched, rehearsed, relearn, lora, settings }: Form): string {
  const { batchSize, maxSourceTokens, maxTargetTokens, dropout, testExamples } = settings;
  const used = new Set([...stages.map((stage) => stage.task), ...watched]);
  return JSON.stringify([
    [model, stages, watched, rehearsed, relearn, lora],
    tasks.filter(({ id }) => used.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    [batchSize, maxSourceTokens, maxTargetTokens, dropout, testExamples],
  ]);
}

/** @param form the same config in the form */
export function carriedOf(config: RunConfig, form: Form): Carried {
  const { accumulate, checkpointActivations, evaluation, fork, optimizer, plan } = config;
  return {
    ...(accumulate !== undefined && { accumulate }),
    ...(checkpointActivations !== undefined && { checkpointActivations }),
    ...(plan.equalTokens !== undefined && { equalTokens: plan.equalTokens }),
    knowledgeLabels: evaluation.knowledge.labels,
    optimizer: { name: optimizer.name, own: ownSettings(optimizer) },
    ...(fork && { fork: { from: fork, of: forkedPlan(form) } }),
  };
}

/** Settings of the optimizer that is chosen; those of another are kept until it is chosen again. */
export const carriedOptimizer = ({ carried: { optimizer }, settings }: Form): OwnSettings =>
  optimizer?.name === settings.optimizer ? optimizer.own : {};

/** The checkpoint that the run goes on from, while the rest of the form is that of the run which keeps it. */
const carriedFork = (form: Form): RunConfig['fork'] => {
  const { fork } = form.carried;
  return fork?.of === forkedPlan(form) ? fork.from : undefined;
};

/** The parts of a config that lie at its top. */
export function carriedSettings(
  form: Form,
): Pick<RunConfigInput, 'accumulate' | 'checkpointActivations' | 'fork'> {
  const { accumulate, checkpointActivations } = form.carried;
  const fork = carriedFork(form);
  return {
    ...(accumulate !== undefined && { accumulate }),
    ...(checkpointActivations !== undefined && { checkpointActivations }),
    ...(fork && { fork }),
  };
}

const SYMBOLS: Readonly<Record<string, string>> = { beta1: 'β₁', beta2: 'β₂', epsilon: 'ε' };

function optimizerWords(form: Form): string[] {
  const usual: Readonly<Record<string, number>> = ownSettings(
    v.parse(Optimizer, { name: form.settings.optimizer, learningRate: 1 }),
  );
  return Object.entries(carriedOptimizer(form))
    .filter(([key, value]) => value !== usual[key])
    .map(([key, value]) => {
      if (key === 'decayRate') return `decay rate ${value}`;
      if (key === 'clipThreshold') return `clip threshold ${value}`;
      return `${SYMBOLS[key] ?? key} ${value}`;
    });
}

/** What is set and no field shows, in a few words each; nothing for what a run has anyway. */
export function carriedWords(form: Form): string[] {
  const { accumulate, checkpointActivations, equalTokens, knowledgeLabels } = form.carried;
  const words: string[] = [];
  if (carriedFork(form)) words.push('goes on from a checkpoint of another run');
  if (equalTokens === true) words.push('as many tokens as plain fine-tuning, in fewer steps');
  if (accumulate !== undefined) words.push(`micro-batches of ${accumulate}`);
  if (checkpointActivations !== undefined)
    words.push(checkpointActivations ? 'activations computed again' : 'activations kept');
  words.push(...optimizerWords(form));
  if (knowledgeLabels !== undefined && knowledgeLabels !== v.parse(Evaluation, {}).knowledge.labels)
    words.push(`${knowledgeLabels} labels compared for knowledge`);
  return words;
}
