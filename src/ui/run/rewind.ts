/** Going back: the places of a run from which another can begin, and the run that begins there. */
import { byAge, type CheckpointMeta } from '../../run/checkpoint';
import { parseRunConfig, withMethod, type RunConfig } from '../../run/config';
import { methodDefaults, methodLabel, methodNames } from '../../run/methodGuide';
import { trainsJointly, type MethodConfig, type MethodName } from '../../run/methods';
import type { RunResult } from '../../run/result';
import type { Parted } from '../charts/view';
import { stageName } from './names';

/** The start of the plan, or the end of a stage that is kept as a checkpoint. */
export interface RewindPlace {
  step: number;
  stage: number;
  /** Null at the start, where there is nothing to go on from but the model itself. */
  from: { runId: string; checkpointId: string } | null;
  label: string;
}

/**
 * Earliest first. Of a run that forked from another, the places before the fork are the other's.
 * @param find the record of a run that is kept
 */
export function rewindPlaces(
  run: RunResult,
  checkpoints: readonly CheckpointMeta[],
  find: (runId: string) => RunResult | undefined,
): RewindPlace[] {
  const places = new Map<number, RewindPlace>();
  places.set(0, { step: 0, stage: 0, from: null, label: 'the start of the plan' });
  // A record that names itself, or a circle of them, ends the search.
  const seen = new Set<string>();
  let now: RunResult | undefined = run;
  let before = run.totalSteps;
  while (now && !seen.has(now.id)) {
    seen.add(now.id);
    const { id } = now;
    const config: RunConfig = now.config;
    for (const { stage, step, checkpointId, place, runId, damaged } of [...checkpoints].sort(byAge)) {
      if (runId !== id || place !== 'stage' || step >= before || step === 0 || damaged !== undefined)
        continue;
      const label = `the end of ${stageName(config, stage) || `stage ${stage}`}, step ${step}`;
      places.set(stage, { step, stage, from: { runId, checkpointId }, label });
    }
    const { fork } = config;
    // The checkpoint that it forked from counts, those after it are of the other way.
    const at =
      fork && checkpoints.find((c) => c.runId === fork.runId && c.checkpointId === fork.checkpointId);
    before = at ? at.step + 1 : 0;
    now = fork && find(fork.runId);
  }
  return [...places.values()].sort((a, b) => a.step - b.step);
}

/** The place nearest to a step, the earlier of two. */
export function nearestPlace(places: readonly RewindPlace[], step: number): number {
  let best = 0;
  places.forEach((place, i) => {
    if (Math.abs(place.step - step) < Math.abs((places[best]?.step ?? 0) - step)) best = i;
  });
  return best;
}

/** The run that goes on from a place with a method. */
export function rewound(run: RunResult, place: RewindPlace, method: MethodConfig): RunConfig {
  const { name: _, fork: __, ...config } = run.config;
  return { ...withMethod(config, method), ...(place.from && { fork: place.from }) };
}

/** Methods that can go on from a place; at the start all that the plan allows. */
export function methodsFrom(run: RunResult, place: RewindPlace): MethodName[] {
  const own = run.config.method;
  return methodNames.filter((name) => {
    if (!parseRunConfig(rewound(run, place, methodDefaults(name))).ok) return false;
    if (!place.from || name === own.name) return true;
    // One stage for all tasks, an adapter for each stage, steps of its own: nothing to go on from.
    const apart = (method: { name: MethodName }) => trainsJointly(method) || method.name === 'o-lora';
    return !apart({ name }) && !apart(own) && run.config.plan.equalTokens !== true;
  });
}

const MOST_OTHERS = 3;

/**
 * Runs that share this one's beginning: the one that it forked from, and those that forked from it, newest first.
 * @param checkpoints say at which step a fork parts; without its checkpoint a fork is not drawn beside
 */
export function partedFrom(
  run: RunResult,
  runs: readonly RunResult[],
  checkpoints: readonly CheckpointMeta[],
): Parted[] {
  const stepOf = (config: RunConfig): number | undefined =>
    checkpoints.find((c) => c.runId === config.fork?.runId && c.checkpointId === config.fork.checkpointId)
      ?.step;
  const parted = (other: RunResult, forked: RunConfig): Parted[] => {
    const at = stepOf(forked);
    return at === undefined ? [] : [{ run: other, at, label: methodLabel(other.config.method) }];
  };
  const parent = runs.find(({ id }) => id === run.config.fork?.runId);
  const forks = runs.filter(({ config }) => config.fork?.runId === run.id);
  return [
    ...(parent ? parted(parent, run.config) : []),
    ...forks.flatMap((fork) => parted(fork, fork.config)),
  ].slice(0, MOST_OTHERS);
}
