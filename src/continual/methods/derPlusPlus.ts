import { halvesOf, toHalves } from '../../engine/halves';
import { collate } from '../../engine/text/batches';
import type { NamedTensor } from '../../engine/types';
import type { MethodConfig } from '../../run/methods';
import type { Contribution } from '../learner';
import type { Method, StageContext, StepContext } from '../method';
import { drawn, DRAWS, examplesOf, rehearsedRows, reservoirPlace, trainedRows, type Kept } from './memory';

type Settings = MethodConfig & { name: 'der++' };

/** An example with the logits that the model had for it when it was kept: [target tokens, vocabulary] halves. */
interface Entry extends Kept {
  logits: Promise<Uint16Array>;
}

/**
 * Dark experience replay++: a reservoir of examples with the logits of the time. A step adds to the loss on new
 * examples α times the mean squared difference from the stored logits on one draw, and β times the loss on the
 * answers of a second draw; both read target positions only. The reservoir takes in each example once, those of
 * rehearsed tasks before the first step.
 * @see Buzzega et al. 2020
 */
export function derPlusPlus(settings: Settings): Method {
  const { capacity, alpha, beta, ratio } = settings;
  const entries: Entry[] = [];
  let offered = 0;

  /** Asks for the logits of what is kept of this step, before its weights move. */
  const keep = ({ learner, stage, stages, step, batchSize, seed }: StepContext): [number, Entry][] => {
    const data = stages[stage - 1];
    const own = data ? data.order.rows(step * batchSize, batchSize) : [];
    const once = own.filter((_, i) => step * batchSize + i < (data?.task.train.length ?? 0));
    const taken = once.flatMap((row) => {
      const place = reservoirPlace(offered++, capacity, seed, 0);
      return place === null ? [] : [{ place, row }];
    });
    if (taken.length === 0) return [];
    const examples = taken.map(({ row }) => data?.task.train[row]).filter((example) => example !== undefined);
    const logits = learner.logits(collate(examples));
    return taken.map(({ place, row }, i) => [
      place,
      { stage, row, logits: logits[i] as Promise<Uint16Array> },
    ]);
  };

  const draw = (context: StepContext, purpose: number): Entry[] => {
    const { seed, stage, step, batchSize } = context;
    const places = drawn(entries.length, Math.round(ratio * batchSize), seed, purpose, stage, step);
    return places.map((place) => entries[place] as Entry);
  };

  /** Offers rows outside a step; logits are asked for those that stay, at the weights there are. */
  const offer = async (context: StageContext, items: Iterable<Kept>): Promise<void> => {
    const { learner, batchSize, seed } = context;
    const staying = new Map<number, Kept>();
    for (const item of items) {
      const place = reservoirPlace(offered++, capacity, seed, 0);
      if (place !== null) staying.set(place, item);
    }
    // By place, so that none is left empty on the way.
    const placed = [...staying].sort(([a], [b]) => a - b);
    for (let from = 0; from < placed.length; from += batchSize) {
      await context.breathe();
      const some = placed.slice(from, from + batchSize);
      const kept = some.map(([, item]) => item);
      const logits = learner.logits(collate(examplesOf(kept, context)));
      for (const [i, [place, item]] of some.entries())
        entries[place] = { ...item, logits: logits[i] as Promise<Uint16Array> };
      await Promise.all(logits);
    }
  };

  /** Begins with every row of the rehearsed tasks. */
  const begin = async (context: StageContext): Promise<void> => {
    if (context.stage > 1) return;
    offered = 0;
    entries.length = 0;
    await offer(context, rehearsedRows(context.rehearsed));
  };

  return {
    begin,
    // The logits of what was before a fork are those of its weights.
    adopt: async (context) => {
      await begin(context);
      await offer(context, trainedRows(context, context.stage));
    },
    step: (context) => {
      const { learner, examples } = context;
      const batch = collate(examples);
      const [first, second] = [draw(context, DRAWS.replay), draw(context, DRAWS.second)];
      const fresh = keep(context);
      const contributions: Contribution[] = [{ batch }];
      if (first.length > 0)
        contributions.push(
          {
            batch: collate(examplesOf(first, context)),
            weight: 0,
            match: { kind: 'logits', weight: alpha, logits: first.map((entry) => entry.logits) },
          },
          { batch: collate(examplesOf(second, context)), weight: beta },
        );
      const reading = learner.stepOf(contributions);
      for (const [place, entry] of fresh) entries[place] = entry;
      return reading;
    },
    async *state(): AsyncGenerator<NamedTensor> {
      yield { name: 'offered', shape: [1], data: Float32Array.of(offered) };
      if (entries.length === 0) return;
      const items = Float32Array.from(entries.flatMap(({ stage, row }) => [stage, row]));
      yield { name: 'items', shape: [entries.length, 2], data: items };
      for (const [i, entry] of entries.entries()) {
        const data = halvesOf(await entry.logits);
        yield { name: `logits/${i}`, shape: [data.length], data };
      }
    },
    restore: (tensors) => {
      const byName = new Map(tensors.map(({ name, data }) => [name, data]));
      const dataOf = (name: string): Float32Array => {
        const data = byName.get(name);
        if (!data) throw new Error(`the checkpoint of DER++ lacks ${name}`);
        return data;
      };
      offered = dataOf('offered')[0] ?? 0;
      const items = byName.get('items') ?? new Float32Array(0);
      entries.length = 0;
      for (let i = 0; i < items.length / 2; i++) {
        const logits = Promise.resolve(toHalves(dataOf(`logits/${i}`)));
        entries.push({ stage: items[2 * i] ?? 0, row: items[2 * i + 1] ?? 0, logits });
      }
    },
  };
}
