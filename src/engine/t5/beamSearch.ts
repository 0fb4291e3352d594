/** Beam search: logits from the device, the bookkeeping of beams on the host. */
import { BeamSearch } from './beams';
import type { Decoding } from './decoding';
import type { T5Model } from './model';
import type { GenerationSettings } from '../types';

/** Starts a decoding with each source repeated `copies` times. */
type StartDecoding = (
  model: T5Model,
  sources: number[][],
  copies: number,
  length: number,
) => Promise<Decoding>;

export async function beamSearch(
  model: T5Model,
  sources: number[][],
  settings: GenerationSettings,
  start: StartDecoding,
): Promise<number[][]> {
  const { beams, maxNewTokens } = settings;
  const searches = sources.map(() => new BeamSearch(settings, model.config));
  let from = await start(model, sources, beams, maxNewTokens);
  // Beams change places after every token: the caches are copied to and fro between two decodings.
  let to = model.decoding({ ...from.shape, twin: 1 });
  const rows = from.state.rows;
  for (let t = 0; t < maxNewTokens && searches.some((s) => !s.done); t++) {
    from.writeIds(
      t,
      Uint32Array.from(
        { length: rows },
        (_, i) => searches[Math.floor(i / beams)]?.lastTokens[i % beams] ?? 0,
      ),
    );
    await from.position(t, false);
    const logits = await from.logits();
    searches.forEach((search, i) => {
      if (search.done) return;
      const first = i * beams * model.config.vocabSize;
      const own = logits.subarray(first, first + beams * model.config.vocabSize);
      const best = bestTokens(own, beams, model.config.vocabSize, 2 * beams);
      search.advance(best.logits, best.ids, best.totals);
    });
    const parents = Uint32Array.from({ length: rows }, (_, i) => {
      const search = searches[Math.floor(i / beams)];
      return search && !search.done ? Math.floor(i / beams) * beams + (search.parents[i % beams] ?? 0) : i;
    });
    if (parents.some((parent, i) => parent !== i) || t === 0) {
      // All beams of a source share its keys and values, so those are copied once.
      await from.gather(to, parents, t === 0);
      [from, to] = [to, from];
    }
  }
  return searches.map((search) => search.best());
}

/**
 * The `count` largest logits of each row, best first, equal ones in order of their ids.
 * @param logits [rows, vocab]
 * @returns logits and ids [rows, count]; totals [rows], log Σ exp of the whole row
 */
export function bestTokens(
  logits: Float32Array,
  rows: number,
  vocab: number,
  count: number,
): { logits: Float32Array; ids: Int32Array; totals: Float32Array } {
  const each = Math.min(count, vocab);
  const out = {
    logits: new Float32Array(rows * each),
    ids: new Int32Array(rows * each),
    totals: new Float32Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    const values = logits.subarray(row * vocab, (row + 1) * vocab);
    const ids: number[] = [];
    let largest = -Infinity;
    values.forEach((value, id) => {
      largest = Math.max(largest, value);
      if (ids.length === each && value <= values[ids[each - 1]!]!) return;
      // Insertion into a list of a few: most tokens never get this far.
      let place = ids.length;
      while (place > 0 && (values[ids[place - 1] ?? 0] ?? 0) < value) place--;
      ids.splice(place, 0, id);
      if (ids.length > each) ids.pop();
    });
    const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
    out.totals[row] = largest + Math.log(sum);
    ids.forEach((id, i) => {
      out.ids[row * each + i] = id;
      out.logits[row * each + i] = values[id] ?? 0;
    });
  }
  return out;
}
