/** What copying from the prompt reaches on a task, chosen by somebody who knows the answer. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { answerMetric } from '../../src/continual/scores/index';
import type { RunConfigInput } from '../../src/run/config';
import { mean } from '../../src/run/statistics';
import { piecesOf } from '../tasks/baseline/copying';

/**
 * The mean over a sample task's test rows of the turn or sentence that scores best; 0 where the task is no sample.
 * @param folder of the sample tasks
 */
export function bestCopied(config: RunConfigInput, id: string, folder: string): number {
  const task = config.tasks.find((each) => each.id === id);
  const score = task && answerMetric(task.metric);
  if (!score || task.data.kind !== 'sample') return 0;
  const lines = readFileSync(path.join(folder, task.data.name, 'test.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean);
  return mean(
    lines.map((line) => {
      const { input, target } = JSON.parse(line) as { input: string; target: string };
      return Math.max(...piecesOf(input).map((piece) => score(piece, [target])));
    }),
  );
}
