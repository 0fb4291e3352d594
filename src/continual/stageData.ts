/** What each stage of a plan trains on, and in which order. */
import type { RunConfig } from '../run/config';
import { trainsJointly } from '../run/methods';
import type { RunResult } from '../run/result';
import { jointOrder } from './mixture';
import { ExampleOrder, type RowOrder } from './order';
import type { PreparedTask } from './prepare';

export interface StageData {
  task: PreparedTask;
  order: RowOrder;
  /** Optimiser steps of the stage. */
  steps: number;
}

/**
 * @param tasks those of the plan, in its order: stages, then watched
 * @throws Error naming a task of a band that was not prepared
 */
export function stagesOf(
  config: RunConfig,
  tasks: readonly PreparedTask[],
  bands: RunResult['bands'],
): StageData[] {
  const { seed, method } = config;
  const orderOf = (task: PreparedTask, stage: number): RowOrder =>
    new ExampleOrder(task.train.length, seed, stage);
  if (trainsJointly(method) && 'mixing' in method) {
    const members = tasks.slice(0, config.plan.stages.length);
    const sizes = members.map((task) => task.train.length);
    const orders = members.map((task, i) => orderOf(task, i + 1));
    const [first] = members;
    if (!first) throw new Error('The plan trains no task.');
    const all: PreparedTask = {
      ...first,
      id: bands[0]?.task ?? '',
      name: 'all tasks',
      train: members.flatMap((task) => task.train),
    };
    return bands.map((band) => ({
      task: all,
      order: jointOrder(orders, sizes, method, seed),
      steps: band.to - band.from,
    }));
  }
  return bands.map((band) => {
    const task = tasks.find(({ id }) => id === band.task);
    if (!task) throw new Error(`The plan trains "${band.task}", which was not prepared.`);
    return { task, order: orderOf(task, band.stage), steps: band.to - band.from };
  });
}
