/** The benchmarks by the names of their rows, in the order in which they run. */
import type { Bench } from '../harness/context';
import { decoders } from './decoder';
import { dispatches } from './dispatches';
import { evaluate } from './evaluate';
import { firstStep } from './firstStep';
import { flanSmall } from './flanSmall';
import { generate } from './generate';
import { host } from './host';
import { limit } from './limit';
import { memory } from './memory';
import { scaling } from './scaling';
import { sizes } from './sizes';
import { trainStep } from './trainStep';

export const benches: Readonly<Record<string, Bench>> = {
  'train-step/pocket': (context) => [...trainStep('pocket')(context), ...decoders(context)],
  'train-step/micro': trainStep('micro'),
  'dispatches/pocket': dispatches,
  'host/pocket': host,
  'generate/pocket': generate,
  'evaluate/pocket': evaluate,
  'first-step/pocket': firstStep,
  'limit/pocket': limit,
  'memory/micro': memory,
  scaling,
  sizes,
  'flan-small': flanSmall,
};
