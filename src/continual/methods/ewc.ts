import { draw, streamKey } from '../../engine/random';
import { collate } from '../../engine/text/batches';
import type { MethodConfig } from '../../run/methods';
import type { Learner, ParameterSet } from '../learner';
import type { Method, StageContext } from '../method';
import type { PreparedTask } from '../prepare';
import { METHOD_DRAWS } from '../mixture';
import { KeptSets } from './keptSets';
import { drawn, DRAWS } from './memory';

type Settings = MethodConfig & { name: 'ewc' };

/** Estimates are awaited every so often, so that the host does not run far ahead of the device. */
const AWAITED_EVERY = 8;

/**
 * Adds the diagonal of a task's Fisher information at the present weights: fisher ← keep·fisher + 1/N Σ g², with g
 * the gradient of one row's −log p(answer | prompt), summed over its tokens, dropout off. Sampled, the labels are
 * drawn from the model, one for each token given the row's own tokens before it; empirical, they are the row's own.
 */
export async function addFisher(
  learner: Learner,
  fisher: ParameterSet,
  task: PreparedTask,
  settings: Pick<Settings, 'samples' | 'fisher'>,
  {
    seed,
    stage,
    keep,
    breathe,
  }: Pick<StageContext, 'breathe'> & { seed: number; stage: number; keep: number },
): Promise<void> {
  const rows = drawn(task.train.length, settings.samples, seed, DRAWS.fisher, stage);
  const labels = streamKey(seed, METHOD_DRAWS, DRAWS.labels, stage);
  for (const [i, row] of rows.entries()) {
    const example = task.train[row];
    if (!example) continue;
    await breathe();
    const reading = learner.gradient(
      [
        {
          batch: collate([example]),
          // The loss is a mean over the tokens; the Fisher is of their sum.
          weight: example.target.length,
          ...(settings.fisher === 'sampled' ? { sampledLabels: draw(labels, i) } : {}),
        },
      ],
      (g) => learner.sets.addSquares(fisher, g, 1 / rows.length, i === 0 ? keep : 1),
      'evaluation',
    );
    if (i % AWAITED_EVERY === AWAITED_EVERY - 1 || i === rows.length - 1) await reading.value();
    else reading.discard();
  }
}

/**
 * Elastic weight consolidation: a quadratic penalty λ/2 · Σ F (θ − θ*)² holds the weights that mattered to earlier
 * tasks near where those left them. Separate mode keeps F and θ* of every task; online mode keeps one running
 * F ← γ·F + F_new and the latest θ*. Those of rehearsed tasks are taken before the first step.
 * @see Kirkpatrick et al. 2017; Schwarz et al. 2018 for the online form
 */
export function ewc(settings: Settings): Method {
  const kept = new KeptSets();
  const online = settings.mode === 'online';
  /** How many pairs of F and θ* there are after so many tasks. */
  const pairs = (tasks: number): number => (online ? Math.min(1, tasks) : tasks);
  /** Adds the Fisher of a task at the present weights, after `done` others; `stage` says which draws are its own. */
  const add = async (
    { learner, seed, breathe }: StageContext,
    task: PreparedTask,
    stage: number,
    done: number,
  ): Promise<void> => {
    const k = online ? 0 : done;
    // Where a task begins anew after a break, what was there of it is of no account.
    const keep = online && done > 0 ? settings.gamma : 0;
    const draws = { seed, stage, keep, breathe };
    await addFisher(learner, kept.of(`fisher-${k}`, learner), task, settings, draws);
    learner.sets.copy(learner.weights, kept.of(`centre-${k}`, learner));
  };
  const begin = async (context: StageContext): Promise<void> => {
    if (context.stage > 1) return;
    for (const [i, { task }] of context.rehearsed.entries()) await add(context, task, -1 - i, i);
  };
  const end = async (context: StageContext): Promise<void> => {
    const { task, stage, stages, earlier } = context;
    // Nothing comes after the last stage that its weights could be protected from.
    if (stage < stages.length) await add(context, task, stage, earlier.length);
  };
  return {
    begin,
    step: ({ learner, examples, earlier }) =>
      learner.stepOf([{ batch: collate(examples) }], (gradients) => {
        for (let k = 0; k < pairs(earlier.length); k++) {
          const [fisher, centre] = [kept.of(`fisher-${k}`, learner), kept.of(`centre-${k}`, learner)];
          learner.sets.addPenalty(gradients, settings.lambda, learner.weights, centre, fisher);
        }
      }),
    end,
    // The Fisher of what was before a fork is estimated at its weights.
    adopt: async (context) => {
      await begin(context);
      await end(context);
    },
    state: () => kept.tensors(),
    restore: (tensors, learner) => kept.restore(tensors, learner),
  };
}
