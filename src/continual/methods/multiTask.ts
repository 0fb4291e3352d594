import { collate } from '../../engine/text/batches';
import type { TokenizedExample } from '../../engine/types';
import type { MethodConfig } from '../../run/methods';
import type { Method, StepContext } from '../method';
import { jointOrder, oldRows } from '../mixture';
import { ExampleOrder, type RowOrder } from '../order';
import { DRAWS } from './memory';

/**
 * Multi-task continuation: a share of the rows comes from the earlier tasks, all of whose data are still there.
 * The batch stays as large as it was, so a stage sees fewer of its own examples. A share that comes to no whole number
 * of rows is kept over the steps: of a batch of 4, 0.05 is one old row in every fifth.
 * @see Scialom et al. 2022 for continual fine-tuning with a share of the old
 */
export function multiTask(settings: MethodConfig & { name: 'multi-task' }): Method {
  let old: { stage: number; order: RowOrder; examples: TokenizedExample[] } | null = null;
  const oldOf = ({ stage, earlier, seed }: StepContext) => {
    if (old?.stage === stage) return old;
    const sizes = earlier.map((task) => task.train.length);
    // A stage number that no stage of training has: rows come in another order than the first time.
    const orders = sizes.map((size, i) => new ExampleOrder(size, seed, (1 << 16) * stage + i));
    old = {
      stage,
      order: jointOrder(orders, sizes, settings, seed, DRAWS.mixing, stage),
      examples: earlier.flatMap((task) => task.train),
    };
    return old;
  };
  return {
    step: (context) => {
      const { learner, earlier, step, batchSize, stage, stages, task } = context;
      const rate = earlier.length === 0 ? 0 : oldRows(settings.share, batchSize);
      if (rate === 0) return learner.step(collate(context.examples));
      const [before, after] = [Math.round(step * rate), Math.round((step + 1) * rate)];
      const ofOld = after - before;
      const own = stages[stage - 1]?.order.rows(step * batchSize - before, batchSize - ofOld) ?? [];
      const { order, examples } = oldOf(context);
      return learner.step(
        collate([
          ...own.map((row) => task.train[row] as TokenizedExample),
          ...order.rows(before, ofOld).map((row) => examples[row] as TokenizedExample),
        ]),
      );
    },
  };
}
