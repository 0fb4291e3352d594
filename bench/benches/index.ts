/** The benchmarks by the names of their rows, in the order in which they run. */
import type { Bench } from '../harness/context';
import { dispatches } from './dispatches';
import { trainStep } from './trainStep';

export const benches: Readonly<Record<string, Bench>> = {
  'train-step/micro': trainStep('micro'),
  'train-step/pocket': trainStep('pocket'),
  'dispatches/pocket': dispatches,
};
