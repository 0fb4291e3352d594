/**
 * What a training step costs in the shapes among which the bundled model's was chosen (docs/pocket.md), measured in
 * turn with the bundled one: `ratio` is how many times as long a shape's step takes.
 */
import { leastOf, type Bench } from '../harness/context';
import { freshWeights, fullBatch, geometries, sweptSizes } from '../harness/geometry';
import { interleave, stepSide, type Side } from '../harness/interleave';
import { ours } from '../harness/ours';

const { shape } = geometries.pocket;

export const sizes: Bench = ({ backends }) =>
  backends.map((backend) => ({
    label: `sizes: a training step of each shape of the size sweep on ${backend}`,
    async run({ rounds, say }) {
      const place = { backend, threads: 1 };
      const models = [];
      const sides: Side[] = [];
      for (const [name, config] of Object.entries(sweptSizes)) {
        const weights = [...freshWeights(config)];
        // As the page fine-tunes the bundled model, whose own dropout rate is 0.
        const model = await ours.open({ config, weights, dropout: 0, learningRate: 1e-3, ...place });
        models.push(model);
        sides.push(await stepSide(name, model, fullBatch(config, shape), leastOf(backend)));
      }
      const [bundled = [], ...others] = await interleave(sides, rounds, say);
      for (const model of models) await model.dispose();
      return others.map((figures, i) => ({
        head: { ...place, bench: 'sizes/pocket', peerName: sides[i + 1]!.name, unit: 'ms' },
        ours: bundled,
        peer: figures,
      }));
    },
  }));
