import { expect, it } from 'vitest';
import { describeBackends } from '../../../tests/engine/backends';
import { currentExecutor } from '../device';
import { halvesOf, toHalves } from '../halves';
import { forward, lossAndGradients } from '../inspect';
import { expectClose, microConfig, microTensors } from '../testing';
import { collate } from '../text/batches';
import { parseT5Config } from './config';
import { T5Model } from './model';

const batch = collate([{ source: [5, 6, 7, 1], target: [8, 9, 1] }], { source: 4, target: 3 });

describeBackends('weights of half precision', () => {
  it('with an adapter compute what the same numbers in float32 do', async () => {
    const config = parseT5Config(microConfig);
    const tensors = microTensors(config);
    // Norms and biases of positions stay float32.
    const rounded = tensors.map((tensor) =>
      /norm|relative/.test(tensor.name) ? tensor : { ...tensor, data: halvesOf(toHalves(tensor.data)) },
    );
    const settings = { rank: 3, alpha: 6, dropout: 0, targets: ['q', 'k', 'v', 'o', 'wi', 'wo'] };
    const results = [];
    for (const precision of ['f32', 'f16'] as const) {
      const model = await T5Model.load(
        config,
        precision === 'f32' ? rounded : tensors,
        currentExecutor(),
        precision,
      );
      const adapter = await model.adapters.create('a', settings, 3);
      await model.adapters.attach(adapter);
      const { logits } = await forward(model, batch);
      const { gradients } = await lossAndGradients(model, batch, adapter);
      results.push({ logits, gradients });
      await model.dispose();
      adapter.free();
    }
    const [expected, found] = [results[0]!, results[1]!];
    expectClose(found.logits, expected.logits, 1e-5);
    for (const [name, gradient] of found.gradients)
      expectClose(gradient, expected.gradients.get(name)!, 1e-5);
    expect(found.gradients.size).toBeGreaterThan(0);
  });
});
