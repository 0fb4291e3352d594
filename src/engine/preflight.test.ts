import { afterEach, describe, expect, it } from 'vitest';
import { fitRun, type WantedSizes } from './fitting';
import { rowLosses } from './losses';
import { exceeded, inBytes, memoryNeeds, type RunSizes } from './preflight';
import { generate } from './t5/generate';
import { parseT5Config } from './t5/config';
import { T5Model } from './t5/model';
import { adafactor, adamw, microConfig, microTensors } from './testing';
import { collate } from './text/batches';
import { Trainer } from './trainer';
import { WasmExecutor } from './wasm/executor';

const open = { total: Infinity, buffer: Infinity, binding: Infinity };
const base = parseT5Config({
  ...{
    vocab_size: 32128,
    d_model: 768,
    d_kv: 64,
    d_ff: 2048,
    num_layers: 12,
    num_decoder_layers: 12,
    num_heads: 12,
  },
  feed_forward_proj: 'gated-gelu',
  tie_word_embeddings: false,
});
const wanted: WantedSizes = {
  batch: { rows: 8, source: 96, target: 32 },
  evaluation: { rows: 8, newTokens: 32, beams: 1 },
  optimizer: 'adamw',
  sets: 0,
};
const settled = (sizes: Partial<RunSizes> = {}): RunSizes => ({
  ...wanted,
  microBatch: 8,
  checkpoint: false,
  ...sizes,
});
const partOf = (needs: ReturnType<typeof memoryNeeds>, what: RegExp): number =>
  needs.parts.find((part) => what.test(part.what))?.bytes ?? 0;

describe('what a run needs', () => {
  let executor: WasmExecutor | undefined;
  afterEach(() => executor?.dispose());

  it.each([adamw, adafactor])('is what a run then takes: $name', async (optimizer) => {
    const config = parseT5Config({ ...microConfig, vocab_size: 400, d_model: 64, d_ff: 96, num_layers: 3 });
    executor = await WasmExecutor.create({ threads: 1 });
    const model = await T5Model.load(config, microTensors(config), executor);
    const trainer = new Trainer(model, { optimizer, totalSteps: 4, dropout: 0.1, seed: 1 });
    const example = (length: number) => ({
      source: Array.from({ length: 32 }, (_, i) => 2 + ((i * length) % 300)),
      target: Array.from({ length: 16 }, (_, i) => 3 + i),
    });
    const batch = collate([1, 2, 3, 4, 5, 6].map(example));
    await trainer.step(batch).value();
    await rowLosses(model, batch);
    await generate(model, [example(3).source, example(5).source], { maxNewTokens: 16, beams: 1 });
    const needs = memoryNeeds(
      config,
      {
        batch: { rows: 6, source: 32, target: 16 },
        evaluation: { rows: 6, newTokens: 16, beams: 1 },
        optimizer: optimizer.name,
        sets: 0,
        microBatch: 6,
        checkpoint: false,
      },
      'wasm',
    );
    const taken = executor.memory().bytes;
    expect(needs.total / taken).toBeGreaterThan(0.85);
    expect(needs.total / taken).toBeLessThan(1.25);
    await trainer.dispose();
    await model.dispose();
  });

  it.each(['f32', 'f16'] as const)('is what LoRA beside weights of %s then takes', async (precision) => {
    const config = parseT5Config({ ...microConfig, vocab_size: 400, d_model: 64, d_ff: 96, num_layers: 3 });
    executor = await WasmExecutor.create({ threads: 1 });
    const model = await T5Model.load(config, microTensors(config), executor, precision);
    const targets = ['q', 'v', 'wi'];
    const adapter = await model.adapters.create('a', { rank: 4, alpha: 8, dropout: 0.1, targets }, 1);
    await model.adapters.attach(adapter);
    const trainer = new Trainer(model, { optimizer: adamw, totalSteps: 4, dropout: 0.1, seed: 1, adapter });
    const source = Array.from({ length: 32 }, (_, i) => 2 + i);
    const target = Array.from({ length: 16 }, (_, i) => 3 + i);
    const batch = collate(Array.from({ length: 6 }, () => ({ source, target })));
    await trainer.step(batch).value();
    await rowLosses(model, batch);
    await generate(model, [source, source], { maxNewTokens: 16, beams: 1 });
    const sizes: RunSizes = {
      batch: { rows: 6, source: 32, target: 16 },
      evaluation: { rows: 6, newTokens: 16, beams: 1 },
      optimizer: 'adamw',
      sets: 0,
      adapter: { rank: 4, targets, dropout: 0.1, frozenRank: 0, kept: 0 },
      precision,
      microBatch: 6,
      checkpoint: false,
    };
    const needs = memoryNeeds(config, sizes, 'wasm');
    expect(needs.total / executor.memory().bytes).toBeGreaterThan(0.85);
    expect(needs.total / executor.memory().bytes).toBeLessThan(1.25);
    const weights = model.parameters.buffers.reduce((sum, { length }) => sum + 4 * length, 0);
    expect(partOf(needs, /^weights/)).toBe(weights);
    expect(partOf(needs, /^gradients/)).toBe(4 * adapter.layout.layout.arenas[0]!);
    expect(partOf(needs, /^adapters/)).toBe(partOf(needs, /^gradients/));
    const more = { ...sizes, adapter: { ...sizes.adapter!, frozenRank: 8, kept: 2 } };
    expect(partOf(memoryNeeds(config, more, 'wasm'), /^adapters/)).toBeGreaterThan(
      4.9 * partOf(needs, /^adapters/),
    );
    await trainer.dispose();
    await model.dispose();
  });

  it('counts what FLAN-T5-base is known to have, and each thing that is asked for beside it', () => {
    const needs = memoryNeeds(base, settled(), 'webgpu');
    // 247,577,856 parameters of 4 bytes; groups begin at multiples of 256 bytes.
    expect(partOf(needs, /^weights/) / (4 * 247_577_856)).toBeCloseTo(1, 3);
    expect(partOf(needs, /gradients/)).toBe(partOf(needs, /^weights/));
    expect(partOf(needs, /AdamW/)).toBe(2 * partOf(needs, /^weights/));
    expect(partOf(memoryNeeds(base, settled({ sets: 2 }), 'webgpu'), /copies/)).toBe(
      2 * partOf(needs, /^weights/),
    );
    const thrifty = memoryNeeds(base, settled({ optimizer: 'adafactor' }), 'webgpu');
    expect(partOf(thrifty, /Adafactor/)).toBeLessThan(partOf(needs, /AdamW/) / 100);
    const frozen = memoryNeeds(base, settled({ trains: (name) => name.includes('layer_norm') }), 'webgpu');
    expect(partOf(frozen, /gradients/)).toBeLessThan(1e6);
    const activations = (sizes: Partial<RunSizes>): number =>
      partOf(memoryNeeds(base, settled(sizes), 'wasm'), /activations/);
    expect(activations({ checkpoint: true })).toBeLessThan(0.4 * activations({}));
    expect(activations({ microBatch: 2 })).toBeLessThan(0.5 * activations({}));
    expect(activations({ loss: 'distillation' })).toBeGreaterThan(activations({}));
    expect(activations({ loss: 'logits' })).toBeGreaterThan(activations({}));
  });

  it('is held against each limit, with the numbers', () => {
    const needs = memoryNeeds(base, settled(), 'webgpu');
    expect(exceeded(needs, open)).toEqual([]);
    expect(exceeded(needs, { ...open, total: 2 ** 30 })[0]).toMatch(
      /needs \d\.\d GiB \(weights \d+ MiB, gradients \d+ MiB, .*activations .*\), and there are 1 GiB/,
    );
    expect(exceeded(needs, { ...open, buffer: 2 ** 26 })[0]).toMatch(
      /a buffer for weights takes \d+ MiB, .* 64 MiB/,
    );
    expect(exceeded(needs, { ...open, binding: 2 ** 26 })[0]).toMatch(/spans \d+ MiB, .* 64 MiB at once/);
    expect([inBytes(1.5 * 2 ** 30), inBytes(2 ** 20), inBytes(300 * 2 ** 20)]).toEqual([
      '1.5 GiB',
      '1 MiB',
      '300 MiB',
    ]);
  });
});

describe('making a run fit', () => {
  const totals = (sizes: Partial<RunSizes>): number => memoryNeeds(base, settled(sizes), 'wasm').total;

  it('takes the whole batch where it fits, then micro-batches, then computes activations again', () => {
    expect(fitRun(base, wanted, 'wasm', open)).toMatchObject({ microBatch: 8, checkpoint: false });
    const four = fitRun(base, wanted, 'wasm', { ...open, total: totals({ microBatch: 4 }) });
    expect(four).toMatchObject({ microBatch: 4, checkpoint: false });
    const long: WantedSizes = {
      ...wanted,
      batch: { rows: 2, source: 1024, target: 32 },
      evaluation: { rows: 1, newTokens: 8, beams: 1 },
    };
    const one = memoryNeeds(base, { ...long, microBatch: 1, checkpoint: false }, 'wasm').total;
    expect(fitRun(base, long, 'wasm', { ...open, total: one - 1 })).toMatchObject({ checkpoint: true });
  });

  it('keeps to what the config says', () => {
    expect(fitRun(base, { ...wanted, microBatch: 2, checkpoint: true }, 'wasm', open)).toMatchObject({
      microBatch: 2,
      checkpoint: true,
    });
    const limits = { ...open, total: totals({ microBatch: 4 }) };
    expect(() => fitRun(base, { ...wanted, microBatch: 8, checkpoint: false }, 'wasm', limits)).toThrow(
      /does not fit: it needs .* What would fit: leave accumulate/,
    );
  });

  it('refuses what fits in no way, and says what would', () => {
    expect(() => fitRun(base, wanted, 'wasm', { ...open, total: 3 * 2 ** 30 })).toThrow(
      /does not fit, even one row at a time .* What would fit: Adafactor in place of AdamW; .*LoRA/,
    );
    expect(() => fitRun(base, wanted, 'wasm', { ...open, total: 2 ** 28 })).toThrow(/a smaller model/);
    const lora = { rank: 8, targets: ['q', 'v'], dropout: 0, frozenRank: 0, kept: 0 };
    const alone = { ...wanted, adapter: lora };
    expect(fitRun(base, alone, 'wasm', { ...open, total: 1.4 * 2 ** 30 }).needs.total).toBeLessThan(
      1.4 * 2 ** 30,
    );
    const half = 2 ** 30;
    expect(() => fitRun(base, alone, 'wasm', { ...open, total: half })).toThrow(
      /What would fit: .*LoRA beside weights of half precision/,
    );
    expect(
      fitRun(base, { ...alone, precision: 'f16' }, 'wasm', { ...open, total: half }).needs.total,
    ).toBeLessThan(half);
  });
});
