import { describe, expect, it } from 'vitest';
import { fakeConfig } from '../continual/testing';
import { ReferenceExecutor } from '../engine/program/referenceExecutor';
import type { ExecutorLimits } from '../engine/program/executor';
import { parseT5Config } from '../engine/t5/config';
import { fitToDevice, fittingWords } from './memory';

const small = parseT5Config({
  ...{
    vocab_size: 8192,
    d_model: 128,
    d_kv: 32,
    d_ff: 384,
    num_layers: 4,
    num_decoder_layers: 2,
    num_heads: 4,
  },
  feed_forward_proj: 'gated-gelu',
  tie_word_embeddings: true,
});

class Limited extends ReferenceExecutor {
  constructor(override readonly limits: ExecutorLimits) {
    super();
  }
}
const having = (total: number): Limited => new Limited({ total, buffer: Infinity, binding: Infinity });

describe('fitting a run to the device', () => {
  it('takes sizes from the config, and says what came of it', () => {
    const config = fakeConfig({
      batchSize: 32,
      maxSourceTokens: 120,
      evaluation: { batchSize: 2, maxNewTokens: 4 },
    });
    const roomy = fitToDevice(config, small, having(Infinity));
    expect(roomy).toMatchObject({ microBatch: 32, checkpoint: false });
    expect(fittingWords(roomy, config)).toMatch(/^about \d+ MiB$/);
    const tight = fitToDevice(config, small, having(roomy.needs.total / 2));
    expect(tight.microBatch).toBeLessThan(32);
    expect(tight.needs.total).toBeLessThanOrEqual(roomy.needs.total / 2);
    expect(fittingWords(tight, config)).toMatch(/MiB, (16|8|4|2|1) of 32 rows at a time/);
    const told = fakeConfig({ batchSize: 32, accumulate: 4, checkpointActivations: true });
    expect(fitToDevice(told, small, having(Infinity))).toMatchObject({ microBatch: 4, checkpoint: true });
  });

  it('refuses before any weight is read', () => {
    expect(() => fitToDevice(fakeConfig(), small, having(1e6))).toThrow(/does not fit.*weights 9\.4 MiB/);
  });
});
