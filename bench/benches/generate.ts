/** Greedy answers of 32 tokens to 32 prompts, with the key/value cache and without. */
import { generate as generateWithCache } from '../../src/engine/t5/generate';
import { T5Model } from '../../src/engine/t5/model';
import type { NamedTensor } from '../../src/engine/types';
import type { Bench } from '../harness/context';
import { freshWeights, noise, pocket } from '../harness/geometry';
import { interleave, type Side } from '../harness/interleave';
import { NoCache } from '../harness/noCache';
import { executorOf } from '../harness/ours';

const rows = 32;
const length = 32;
const sourceLength = 48;

export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** Prompts of random tokens, each ending in `</s>`. */
export function prompts(count: number, lengthOf: (i: number) => number): number[][] {
  const next = noise(7);
  const id = (): number => 2 + Math.floor(((next() + 1) / 2) * (pocket.vocabSize - 3));
  return Array.from({ length: count }, (_, i) => [
    ...Array.from({ length: lengthOf(i) - 1 }, id),
    pocket.eosTokenId,
  ]);
}

/** How much larger than T5 begins with, so that what is answered depends on what was asked and said. */
const gains: Record<string, number> = {
  '.q.weight': 4,
  '.o.weight': 3,
  '.wo.weight': 3,
  'shared.weight': 0.3,
};

/** Weights of a pocket that says many things; `end` scales the row of `</s>`, and with it how soon answers end. */
export function* talkative(end: number): Generator<NamedTensor> {
  for (const tensor of freshWeights(pocket)) {
    const [, gain = 1] = Object.entries(gains).find(([ending]) => tensor.name.endsWith(ending)) ?? [];
    tensor.data.forEach((x, i) => (tensor.data[i] = gain * x));
    if (tensor.name === 'shared.weight')
      for (let i = 0; i < 2 * pocket.dModel; i++) tensor.data[i]! *= i < pocket.dModel ? 0 : end;
    yield tensor;
  }
}

/** @throws Error when the two ways don't give the same answers */
export function mustAgree(cached: number[][], plain: number[][]): void {
  const words = (answers: number[][]): string[] => answers.map((answer) => answer.join(' '));
  const [own, other] = [words(cached), words(plain)];
  const place = own.findIndex((answer, i) => answer !== other[i]);
  if (place >= 0) throw new Error(`answer ${place} differs: ${own[place] ?? ''} | ${other[place] ?? ''}`);
}

export const generate: Bench = ({ backends }) =>
  backends.map((backend) => ({
    label: `generate/pocket: with a cache and without on ${backend}`,
    async run({ rounds, say }) {
      const place = { backend, threads: 1 };
      // An end that nothing leads to: every answer is as long as may be.
      const model = await T5Model.load(pocket, talkative(0), await executorOf(backend, 1));
      const sources = prompts(rows, () => sourceLength);
      const plain = new NoCache(model, rows, sourceLength);
      const settings = { maxNewTokens: length, beams: 1 };
      const cached = await generateWithCache(model, sources, settings);
      mustAgree(cached, await plain.generate(sources, length));
      const tokens = cached.reduce((sum, answer) => sum + answer.length, 0);
      if (tokens !== rows * length) throw new Error(`${tokens} tokens, not ${rows * length}`);
      const side = (name: string, work: () => Promise<unknown>): Side => ({
        name,
        measure: async () => (await timed(work)) / tokens,
      });
      const sides = [
        side('ours', () => generateWithCache(model, sources, settings)),
        side('no-cache', () => plain.generate(sources, length)),
      ];
      const [own = [], peer = []] = await interleave(sides, rounds, say);
      say(`  tokens/s: ${own.map((x) => (1000 / x).toFixed(0)).join(', ')} with the cache`);
      const head = { bench: 'generate/pocket', peerName: 'no-cache', unit: 'ms/token', ...place };
      return [{ head, ours: own, peer }];
    },
  }));
