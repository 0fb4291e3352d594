/** What each stage of a plan trains on, and what there is of tasks from before it, and in which order. */
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

/** Counters of the orders of rehearsed tasks begin here: no stage of training and no mixture has such a number. */
const REHEARSED = 1 << 24;

/**
 * The tasks that count as stages before the first, which take no step: all their training rows are old.
 * @param tasks those of the plan
 * @throws Error naming a rehearsed task that was not prepared
 */
export function rehearsedOf({ plan, seed }: RunConfig, tasks: readonly PreparedTask[]): StageData[] {
  return (plan.rehearsed ?? []).map((id, i) => {
    const task = tasks.find((each) => each.id === id);
    if (!task) throw new Error(`The plan rehearses "${id}", which was not prepared.`);
    return { task, order: new ExampleOrder(task.train.length, seed, REHEARSED + i), steps: 0 };
  });
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
    const staged = tasks.slice(0, config.plan.stages.length);
    const old = rehearsedOf(config, tasks);
    const members = [...staged, ...old.map((data) => data.task)];
    const sizes = members.map((task) => task.train.length);
    const orders = [...staged.map((task, i) => orderOf(task, i + 1)), ...old.map((data) => data.order)];
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
