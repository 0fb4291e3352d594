import { expect, it } from 'vitest';
import { describeBackends } from '../../../tests/engine/backends';
import { forward } from '../inspect';
import { microModel } from '../testing';
import { collate } from '../text/batches';
import { deviceMemory } from '../device';
import type { T5Model } from './model';
import { rowLosses } from '../losses';
import { answerAndScore, generate } from './generate';

const sources = [[5, 6, 7, 1], [20, 8, 9, 10, 11, 12, 13, 1], [], [14, 1]];

/** Greedy search without a cache: the whole answer again for each token. */
async function slowGreedy(model: T5Model, source: number[], maxNewTokens: number): Promise<number[]> {
  const { eosTokenId, vocabSize, padTokenId } = model.config;
  const answer: number[] = [];
  for (let length = 1; length <= maxNewTokens; length++) {
    // The last label is never seen by the decoder.
    const batch = collate([{ source, target: [...answer, eosTokenId] }], {
      source: Math.max(1, source.length),
      target: length,
    });
    const { logits } = await forward(model, batch);
    const last = [...logits.subarray((length - 1) * vocabSize)];
    const next = last.indexOf(Math.max(...last));
    if (next === eosTokenId) break;
    answer.push(next);
  }
  return answer.filter((id) => id !== padTokenId);
}

describeBackends('generate', () => {
  it('searches greedily as if there were no cache and no other rows', async () => {
    const model = await microModel();
    const answers = await generate(model, sources, { maxNewTokens: 6, beams: 1 });
    for (const [i, source] of sources.entries())
      expect(answers[i]).toEqual(await slowGreedy(model, source, 6));
    expect(new Set(answers.map((answer) => answer.join())).size).toBeGreaterThan(1);
    await model.dispose();
  });

  it('lets finished rows go without disturbing the others', async () => {
    // A longer row of the head makes </s> likely, so that rows end at different lengths.
    const model = await microModel({}, 4);
    const head = await model.parameters.read('lm_head.weight');
    head.subarray(12, 24).forEach((value, i) => (head[12 + i] = 2.5 * value));
    await model.parameters.assign('lm_head.weight', head);
    const many = Array.from({ length: 9 }, (_, i) => [3 + i, 5 + ((i * 7) % 20), 1]);
    const settings = { maxNewTokens: 8, beams: 1 };
    const together = await generate(model, many, settings);
    expect(new Set(together.map(({ length }) => length)).size).toBeGreaterThan(1);
    for (const [i, source] of many.entries()) {
      expect(await generate(model, [source], settings)).toEqual([together[i]]);
    }
    await model.dispose();
  });

  it('answers and scores a batch as if each had been asked for alone', async () => {
    const model = await microModel();
    const targets = [[9, 1], [14, 15, 16, 17, 18, 19, 20, 21, 22, 1], [1], [7, 7, 7, 1]];
    const batch = collate(sources.map((source, i) => ({ source, target: targets[i] ?? [] })));
    // Three rows in a decoding of four: the row that nobody asked for counts nowhere.
    const three = collate(
      sources.slice(0, 3).map((source, i) => ({ source, target: targets[i] ?? [] })),
      { source: 24, target: 12 },
    );
    for (const given of [batch, three, batch]) {
      const { answers, losses } = await answerAndScore(model, given, 6);
      expect(answers).toEqual(
        await generate(model, sources.slice(0, given.rows), { maxNewTokens: 6, beams: 1 }),
      );
      const alone = await rowLosses(model, given);
      expect(losses.tokens).toEqual(alone.tokens);
      losses.nats.forEach((nats, row) => expect(nats).toBeCloseTo(alone.nats[row] ?? NaN, 4));
      expect(new Set(losses.nats).size).toBe(given.rows);
    }
    await expect(answerAndScore(model, batch, 0)).rejects.toThrow(RangeError);
    const met = deviceMemory();
    await answerAndScore(model, batch, 6);
    expect(deviceMemory()).toEqual(met);
    await model.dispose();
  });

  it('searches each row with beams as if it were alone, and leaves no tensor behind', async () => {
    const model = await microModel();
    const settings = { maxNewTokens: 5, beams: 3, lengthPenalty: 0.7 };
    const together = await generate(model, sources, settings);
    for (const [i, source] of sources.entries()) {
      expect(await generate(model, [source], settings)).toEqual([together[i]]);
    }
    // Caches and programs are kept for the shapes that have been met, and go with the model.
    const met = deviceMemory();
    expect(await generate(model, sources, settings)).toEqual(together);
    expect(deviceMemory()).toEqual(met);
    await model.dispose();
  });

  it('answers nothing to nothing, and refuses settings that mean nothing', async () => {
    const model = await microModel();
    expect(await generate(model, [], { maxNewTokens: 5, beams: 1 })).toEqual([]);
    for (const bad of [
      { maxNewTokens: 0, beams: 1 },
      { maxNewTokens: 5, beams: 1.5 },
    ])
      await expect(generate(model, sources, bad)).rejects.toThrow(RangeError);
    await model.dispose();
  });
});
