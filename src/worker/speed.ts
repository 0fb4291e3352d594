/** How long a training step takes on this machine, found without the model's weights. */
import { layOut } from '../engine/t5/layout';
import { parseT5Config } from '../engine/t5/config';
import { T5Model } from '../engine/t5/model';
import { bucket } from '../engine/text/batches';
import { Trainer } from '../engine/trainer';
import type { Batch, NamedTensor, T5Config } from '../engine/types';
import { readJson } from '../models/bytes';
import { ModelError, type ModelFolder } from '../models/types';
import type { RunConfig } from '../run/config';

/** Steps that are timed, after one that compiles and warms up. Few: people are looking at the page meanwhile. */
const STEPS = 3;

/**
 * Trains a model of the same shapes, with weights that are all alike, on a batch of the largest size that the run
 * has. What the numbers are makes no difference to how long they take.
 * @param folder of which `config.json` alone is read
 * @returns seconds a step, the quickest of a few: what else the machine did meanwhile only adds
 */
export async function measureStep(folder: ModelFolder, run: RunConfig): Promise<number> {
  const content = await folder.open('config.json');
  if (!content) throw new ModelError(`${folder.label} has no config.json`);
  const config = parseT5Config(await readJson(content, 'config.json'));
  const model = await T5Model.load(config, alike(config));
  const trainer = new Trainer(model, {
    optimizer: run.optimizer,
    totalSteps: STEPS + 1,
    dropout: run.dropout ?? config.dropoutRate,
    seed: run.seed,
  });
  try {
    const batch = fullBatch(run);
    await trainer.step(batch).value();
    let best = Infinity;
    for (let i = 0; i < STEPS; i++) {
      const started = performance.now();
      await trainer.step(batch).value();
      best = Math.min(best, (performance.now() - started) / 1000);
    }
    return best;
  } finally {
    await trainer.dispose();
    await model.dispose();
  }
}

function* alike(config: T5Config): Generator<NamedTensor> {
  for (const { name, shape } of layOut(config).tensors) {
    const length = shape.reduce((product, n) => product * n, 1);
    yield { name, shape, data: new Float32Array(length).fill(0.02) };
  }
}

function fullBatch({ batchSize: rows, maxSourceTokens, maxTargetTokens }: RunConfig): Batch {
  const [sourceLength, targetLength] = [bucket(maxSourceTokens), bucket(maxTargetTokens)];
  return {
    rows,
    sourceLength,
    targetLength,
    source: new Int32Array(rows * sourceLength).fill(3),
    sourceMask: new Float32Array(rows * sourceLength).fill(1),
    labels: new Int32Array(rows * targetLength).fill(3),
  };
}
