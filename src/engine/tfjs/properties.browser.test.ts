import { beforeAll, describe, it } from 'vitest';
import { backends } from '../../../tests/engine/backends';
import { activationProperty } from '../ops/activation/properties';
import { adafactorProperty } from '../ops/adafactor/properties';
import { adamwProperty } from '../ops/adamw/properties';
import { attentionProperty, selfAttentionProperty } from '../ops/attention/properties';
import { crossEntropyProperty } from '../ops/crossEntropy/properties';
import { dropoutAddProperty, dropoutProperty } from '../ops/dropout/properties';
import { embeddingProperty } from '../ops/embedding/properties';
import { matmulProperty } from '../ops/matmul/properties';
import { positionBiasProperty } from '../ops/positionBias/properties';
import { rmsNormProperty } from '../ops/rmsNorm/properties';
import { clipFactorProperty } from '../ops/vector/properties';
import { openBackend } from './testing/backend';
import { holds, updates, type Property } from './testing/property';

const differentiable = [
  activationProperty,
  attentionProperty,
  crossEntropyProperty,
  dropoutAddProperty,
  dropoutProperty,
  embeddingProperty,
  matmulProperty,
  positionBiasProperty,
  rmsNormProperty,
  selfAttentionProperty,
] as Property<unknown>[];

describe.each(backends)('kernels of TensorFlow.js on %s', (backend) => {
  beforeAll(async () => {
    await openBackend(backend);
  });
  // Software adapters compile slowly; WASM has nothing to compile.
  const runs = backend === 'wasm' ? 40 : 5;
  const reference = backend === 'wasm' ? 'wasm' : 'cpu';

  it.each(differentiable)('$name and its gradients are those of stock operations', (property) =>
    holds(property, runs, reference),
  );

  it('adamw is that of stock operations', () => updates(adamwProperty, runs, reference));
  it('adafactor is that of stock operations', () => updates(adafactorProperty, runs, reference));
  it('clipFactor is that of stock operations', () => updates(clipFactorProperty, runs, reference));
});
