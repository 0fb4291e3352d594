/** A run that goes on from a checkpoint of another one, with another method say: rewind, and take the other way. */
import type { RunState } from '../continual/run';
import type { RunConfig } from '../run/config';
import { methodLabel } from '../run/methodGuide';
import { trainsJointly } from '../run/methods';
import type { Store } from '../store/store';
import { checkpointsOf, readCheckpoint, type RestoredCheckpoint } from './checkpoints';

export interface Fork {
  state: RunState;
  restored: RestoredCheckpoint;
  /** Whether the method is another one, which has to make of the stages before what it can. */
  adopts: boolean;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * What a fork begins with: the record of the other run up to its checkpoint, under the fork's own config.
 * @param breathe called as the checkpoint is read; may wait, and throws to break off
 * @throws Error saying what differs where the checkpoint is no beginning for this config
 */
export async function forkOf(
  store: Store,
  runId: string,
  config: RunConfig & { fork: NonNullable<RunConfig['fork']> },
  breathe: () => Promise<void>,
): Promise<Fork> {
  const { fork } = config;
  const place = (await checkpointsOf(store, fork.runId)).find((c) => c.checkpointId === fork.checkpointId);
  if (!place) throw new Error('The checkpoint to go back to is no longer kept in this browser.');
  const restored = await readCheckpoint(store, fork.runId, fork.checkpointId, breathe);
  const parent = restored.state.record;
  for (const key of [
    'model',
    'tasks',
    'plan',
    'batchSize',
    'maxSourceTokens',
    'maxTargetTokens',
    'dropout',
    'accumulate',
    'lora',
  ] as const)
    if (!same(config[key], parent.config[key]))
      throw new Error(`A fork goes on with its run's own plan and data, and "${key}" is another one.`);
  // The rows of R are compared from stage to stage.
  if (config.evaluation.testExamples !== parent.config.evaluation.testExamples)
    throw new Error(
      'A fork is scored on as many test rows as its run, and "evaluation.testExamples" is another.',
    );
  const adopts = !same(config.method, parent.config.method);
  if (adopts && (trainsJointly(config.method) || trainsJointly(parent.config.method)))
    throw new Error(
      'Joint training has one stage for all tasks, so no other method can go on from it, nor it from one.',
    );
  if (adopts && (config.method.name === 'o-lora' || parent.config.method.name === 'o-lora'))
    throw new Error(
      'O-LoRA keeps an adapter for every stage, so no other method can go on from it, nor it from one.',
    );
  // Within one there is an optimizer's state, which is of its own settings, and what a method has begun.
  if ((adopts || !same(config.optimizer, parent.config.optimizer)) && place.place !== 'stage')
    throw new Error(
      'Another method or optimizer goes on from the end of a stage; this checkpoint lies within one.',
    );
  if (adopts && config.plan.equalTokens === true)
    throw new Error(
      'At an equal budget of tokens each method has its own steps, so another one cannot go on here.',
    );
  const now = new Date().toISOString();
  const { error: _error, annotation: _annotation, ...rest } = parent;
  const record = {
    ...rest,
    id: runId,
    name: config.name ?? `${parent.name}, from step ${parent.step} with ${methodLabel(config.method)}`,
    status: 'running' as const,
    createdAt: now,
    updatedAt: now,
    config,
  };
  // What is scored in part is so in batches, and of rows, that are now others.
  const { scoring, ...state } = restored.state;
  const goesOn = scoring && same(config.evaluation, parent.config.evaluation);
  return { state: { ...state, record, ...(goesOn && { scoring }) }, restored, adopts };
}
