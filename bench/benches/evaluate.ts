/** An evaluation of 200 examples as a run does it: losses, and answers generated, in batches of similar length. */
import { rowLosses } from '../../src/engine/losses';
import { generate } from '../../src/engine/t5/generate';
import { T5Model } from '../../src/engine/t5/model';
import { collate } from '../../src/engine/text/batches';
import type { Bench } from '../harness/context';
import { freshWeights, pocket } from '../harness/geometry';
import { interleave, type Side } from '../harness/interleave';
import { NoCache } from '../harness/noCache';
import { executorOf } from '../harness/ours';
import { mustAgree, prompts, timed } from './generate';

const examples = 200;
const batchSize = 32;
const maxNewTokens = 16;

/** Prompts of 12 to 48 tokens, answers of 2 to 12. */
const sources = (): number[][] => prompts(examples, (i) => 12 + ((i * 17) % 37));
const targets = (): number[][] => prompts(examples, (i) => 2 + ((i * 7) % 11));

export const evaluate: Bench = ({ backends }) =>
  backends.map((backend) => ({
    label: `evaluate/pocket: with a cache and without on ${backend}`,
    async run({ rounds, say }) {
      const place = { backend, threads: 1 };
      const weights = [...freshWeights(pocket)].map((tensor) => {
        // A longer row makes the end likely enough that answers end.
        if (tensor.name === 'shared.weight') {
          const [from, to] = [pocket.dModel, 2 * pocket.dModel];
          for (let i = from; i < to; i++) tensor.data[i]! *= 1.6;
        }
        return tensor;
      });
      const model = await T5Model.load(pocket, weights, await executorOf(backend, 1));
      const [from, to] = [sources(), targets()];
      const rows = from.map((source, i) => ({ source, target: to[i]! }));
      const order = [...rows.keys()].sort((a, b) => from[b]!.length - from[a]!.length || a - b);
      const batches = Array.from({ length: Math.ceil(examples / batchSize) }, (_, k) =>
        order.slice(k * batchSize, (k + 1) * batchSize),
      );
      const plain = new Map<number, NoCache>();
      const withoutCache = (asked: number[][]): Promise<number[][]> => {
        const S = 16 * Math.ceil(Math.max(...asked.map((source) => source.length)) / 16);
        const kept = plain.get(S) ?? new NoCache(model, batchSize, S);
        plain.set(S, kept);
        return kept.generate(asked, maxNewTokens);
      };
      const pass = async (answer: (asked: number[][]) => Promise<number[][]>): Promise<number[][]> => {
        const answers: number[][] = [];
        for (const batch of batches) {
          await rowLosses(model, collate(batch.map((i) => rows[i]!)));
          const generated = await answer(batch.map((i) => from[i]!));
          batch.forEach((row, k) => (answers[row] = generated[k]!));
        }
        return answers;
      };
      const cached = (asked: number[][]): Promise<number[][]> =>
        generate(model, asked, { maxNewTokens, beams: 1 });
      const answers = await pass(cached);
      mustAgree(answers, await pass(withoutCache));
      const ended = answers.filter((answer) => answer.length < maxNewTokens).length;
      say(`  ${ended} of ${examples} answers end before ${maxNewTokens} tokens`);
      const side = (name: string, answer: typeof cached): Side => ({
        name,
        measure: () => timed(() => pass(answer)),
      });
      const sides = [side('ours', cached), side('no-cache', withoutCache)];
      const [own = [], peer = []] = await interleave(sides, rounds, say);
      const head = { bench: 'evaluate/pocket', peerName: 'no-cache', unit: 'ms', ...place };
      return [{ head, ours: own, peer }];
    },
  }));
