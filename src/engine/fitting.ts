/** How a run is made to fit a device, and what to say when nothing makes it. */
import { exceeded, memoryNeeds, type MemoryNeeds, type RunSizes } from './preflight';
import type { ExecutorLimits } from './program/executor';
import type { T5Config } from './types';

/** A run's sizes; what its config leaves open is undefined. */
export type WantedSizes = Omit<RunSizes, 'microBatch' | 'checkpoint'> & {
  microBatch?: number | undefined;
  checkpoint?: boolean | undefined;
};

export interface Fitting {
  microBatch: number;
  checkpoint: boolean;
  needs: MemoryNeeds;
}

/** The whole batch, then halves of it. */
function* halves(rows: number): Generator<number> {
  for (let n = rows; n >= 1; n = n === 1 ? 0 : Math.ceil(n / 2)) yield n;
}

function firstThatFits(
  config: T5Config,
  wanted: WantedSizes,
  backend: 'webgpu' | 'wasm',
  limits: ExecutorLimits,
): { fitting?: Fitting; problems: string[] } {
  let problems: string[] = [];
  for (const checkpoint of wanted.checkpoint === undefined ? [false, true] : [wanted.checkpoint])
    for (const microBatch of wanted.microBatch === undefined
      ? halves(wanted.batch.rows)
      : [wanted.microBatch]) {
      const needs = memoryNeeds(config, { ...wanted, microBatch, checkpoint }, backend);
      problems = exceeded(needs, limits);
      if (problems.length === 0) return { fitting: { microBatch, checkpoint, needs }, problems };
    }
  return { problems };
}

/** Changes that a person may make, each with what it comes to. */
function ways(wanted: WantedSizes): { say: string; sizes: WantedSizes }[] {
  const { batch, evaluation, optimizer } = wanted;
  const open = { microBatch: undefined, checkpoint: undefined };
  const shorter = { ...batch, source: Math.ceil(batch.source / 2), target: Math.ceil(batch.target / 2) };
  const fewer = { ...evaluation, rows: Math.max(1, Math.floor(evaluation.rows / 4)), beams: 1 };
  const adapter = { rank: 8, targets: ['q', 'v'], dropout: 0, frozenRank: 0, kept: 0 };
  const lora: WantedSizes = { ...wanted, ...open, trains: undefined, adapter: wanted.adapter ?? adapter };
  const half: WantedSizes = { ...lora, precision: 'f16' };
  const less = { batch: shorter, evaluation: fewer };
  const loraWays = [
    ...(wanted.adapter
      ? []
      : [
          { say: 'LoRA, which keeps gradients and moments of its own few weights alone', sizes: lora },
          {
            say: 'LoRA with half the tokens and fewer rows scored at once',
            sizes: { ...lora, ...less },
          },
        ]),
    { say: 'LoRA beside weights of half precision (lora.base f16)', sizes: half },
    {
      say: 'LoRA beside weights of half precision, with half the tokens and fewer rows scored at once',
      sizes: { ...half, ...less },
    },
  ];
  return [
    ...(wanted.microBatch !== undefined || wanted.checkpoint !== undefined
      ? [{ say: 'leave accumulate and checkpointActivations to be chosen', sizes: { ...wanted, ...open } }]
      : []),
    {
      say: 'score fewer rows at once (evaluation.batchSize), without beams',
      sizes: { ...wanted, ...open, evaluation: fewer },
    },
    ...(optimizer === 'adamw'
      ? [
          {
            say: 'Adafactor in place of AdamW',
            sizes: { ...wanted, ...open, optimizer: 'adafactor' as const },
          },
        ]
      : []),
    {
      say: `half the tokens (maxSourceTokens ${shorter.source}, maxTargetTokens ${shorter.target})`,
      sizes: { ...wanted, ...open, batch: shorter },
    },
    ...(wanted.precision === 'f16' ? [] : loraWays),
  ];
}

/**
 * Settles what the config leaves open: the whole batch at once where it fits, else micro-batches, else activations
 * computed again too.
 * @throws Error with the numbers where nothing fits, and with what would
 */
export function fitRun(
  config: T5Config,
  wanted: WantedSizes,
  backend: 'webgpu' | 'wasm',
  limits: ExecutorLimits,
): Fitting {
  const { fitting, problems } = firstThatFits(config, wanted, backend, limits);
  if (fitting) return fitting;
  const open = wanted.microBatch === undefined && wanted.checkpoint === undefined;
  const least = open ? ', even one row at a time with activations computed again' : '';
  const fit = ways(wanted).filter(({ sizes }) => firstThatFits(config, sizes, backend, limits).fitting);
  const advice =
    fit.length > 0 ? `What would fit: ${fit.map(({ say }) => say).join('; ')}.` : 'It takes a smaller model.';
  throw new Error(`This run does not fit${least}: ${problems.join('; ')}. ${advice}`);
}
