/** An evaluation of 200 examples as a run does it: losses, and answers generated, in batches of similar length. */
import { rowLosses } from '../../src/engine/losses';
import { answerAndScore, sourcesOf } from '../../src/engine/t5/generate';
import { T5Model } from '../../src/engine/t5/model';
import { collate } from '../../src/engine/text/batches';
import type { Batch } from '../../src/engine/types';
import type { Bench } from '../harness/context';
import { pocket } from '../harness/geometry';
import { interleave, type Side } from '../harness/interleave';
import { NoCache } from '../harness/noCache';
import { executorOf } from '../harness/ours';
import { mustAgree, prompts, talkative, timed } from './generate';

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
      const model = await T5Model.load(pocket, talkative(2.5), await executorOf(backend, 1));
      const [from, to] = [sources(), targets()];
      const rows = from.map((source, i) => ({ source, target: to[i]! }));
      const order = [...rows.keys()].sort((a, b) => from[b]!.length - from[a]!.length || a - b);
      const batches = Array.from({ length: Math.ceil(examples / batchSize) }, (_, k) =>
        order.slice(k * batchSize, (k + 1) * batchSize),
      );
      const kept = new Map<string, NoCache>();
      const withoutCache = (asked: number[][]): Promise<number[][]> => {
        const S = 16 * Math.ceil(Math.max(...asked.map((source) => source.length)) / 16);
        const key = `${asked.length} ${S}`;
        const peer = kept.get(key) ?? new NoCache(model, asked.length, S);
        kept.set(key, peer);
        return peer.generate(asked, maxNewTokens);
      };
      type Answer = (batch: Batch) => Promise<number[][]>;
      const pass = async (answer: Answer): Promise<number[][]> => {
        const answers: number[][] = [];
        for (const batch of batches) {
          const generated = await answer(collate(batch.map((i) => rows[i]!)));
          batch.forEach((row, k) => (answers[row] = generated[k]!));
        }
        return answers;
      };
      const cached: Answer = async (batch) => (await answerAndScore(model, batch, maxNewTokens)).answers;
      const plain: Answer = async (batch) => {
        await rowLosses(model, batch);
        return withoutCache(sourcesOf(batch));
      };
      const answers = await pass(cached);
      mustAgree(answers, await pass(plain));
      const ended = answers.filter((answer) => answer.length < maxNewTokens).length;
      const kinds = new Set(answers.map((answer) => answer.join())).size;
      say(`  ${ended} of ${examples} answers end before ${maxNewTokens} tokens; ${kinds} differ`);
      const side = (name: string, answer: Answer): Side => ({
        name,
        measure: () => timed(() => pass(answer)),
      });
      const sides = [side('ours', cached), side('no-cache', plain)];
      const [own = [], peer = []] = await interleave(sides, rounds, say);
      const head = { bench: 'evaluate/pocket', peerName: 'no-cache', unit: 'ms', ...place };
      return [{ head, ours: own, peer }];
    },
  }));
