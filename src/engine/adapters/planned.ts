/** Adapters that are not there yet, for planning the programs of a run. */
import { scalars as slots } from '../program/scalars';
import { ArenaSet, type Layout } from '../t5/layout';
import { layOutAdapter, targetedModules } from './layout';
import type { LowRank } from './lowRank';

export interface PlannedAdapter {
  rank: number;
  targets: readonly string[];
  /** Of its input, while it trains. */
  dropout: number;
  /** Rank of the frozen adapters that answer beside it, together; 0 for none. */
  frozenRank: number;
  /** Copies of the trained one that are put aside. */
  kept: number;
}

/** @throws Error for a target that the model has not */
export function planAdapter(
  base: Layout,
  { rank, targets, dropout, frozenRank, kept }: PlannedAdapter,
): {
  /** Of the adapter that is trained. */
  weights: ArenaSet;
  /** Everything that there is of adapters. */
  arenas: ArenaSet[];
  /** Those in programs that only answer, and in those that train. */
  answering: LowRank[];
  training(gradients: ArenaSet): LowRank[];
} {
  const modules = targetedModules(base, targets);
  const plan = (of: number, place: number): LowRank => {
    const { layout, parts } = layOutAdapter(base, modules, of);
    const slot = slots.adapterScales[place] ?? 0;
    return { rank: of, parts, weights: new ArenaSet(layout, `adapter${place}`), slot };
  };
  const own = plan(rank, 0);
  const others = frozenRank > 0 ? [plan(frozenRank, 1)] : [];
  const copies = Array.from({ length: kept }, (_, i) => new ArenaSet(own.weights.layout, `kept${i}`));
  const answering = [own, ...others];
  return {
    weights: own.weights,
    arenas: [...answering.map(({ weights }) => weights), ...copies],
    answering,
    training: (gradients) => [{ ...own, gradients, dropout }, ...others],
  };
}
