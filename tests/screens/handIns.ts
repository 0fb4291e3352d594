/** Files as pupils hand them in: lines of their own, and the recording of the lesson in the place of their runs. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HandIn } from '../../src/run/lesson';
import type { RunResult } from '../../src/run/result';
import { root } from '../../tools/project.mjs';

const PUPILS = ['Ada', 'Ben', 'Chiara with a name that is longer than most', 'Deniz'];

export async function filesOfAClass() {
  const file = path.join(root, 'public/lessons/recorded/plain.json');
  const result = JSON.parse(await readFile(file, 'utf8')) as RunResult;
  const steps = [...new Set(result.evaluations.map(({ step }) => step))];
  return PUPILS.map((name, pupil) => {
    const points = steps.map((x, i) => ({ x, y: 80 - (i * (pupil + 1) * 40) / steps.length / 2 }));
    const handIn: HandIn = {
      kind: 'lethe-hand-in',
      version: 1,
      lesson: 'forgetting',
      name,
      prediction: { run: 'plain', task: 'commands', points },
      runs: pupil === 3 ? [] : [{ run: 'plain', result: { ...result, id: `run-${pupil}` } }],
    };
    return {
      name: `${name}.json`,
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(handIn)),
    };
  });
}
