/** LoRA's settings in words, for a form to be made of. */
import * as v from 'valibot';
import type { RunConfig } from './config';
import { Lora, loraTargets, type LoraConfig } from './lora';
import { labelWith, type MethodField } from './methodGuide';

export const loraGuide = {
  label: 'A LoRA adapter',
  does: 'Trains thin matrices beside the frozen weights, a few in a thousand of their number.',
  costs:
    'Costs less memory, since frozen weights need neither gradients nor an optimiser’s state; learns less a step.',
  paper: 'Hu et al. 2021',
} as const;

export const loraFields: readonly MethodField[] = [
  { key: 'rank', label: 'Rank', kind: 'number', whole: true },
  { key: 'alpha', label: 'α', kind: 'number' },
  { key: 'dropout', label: 'Adapter dropout', kind: 'number' },
  {
    key: 'adapters',
    label: 'Adapters',
    kind: 'choice',
    options: [
      ['shared', 'one for all'],
      ['per-task', 'one a task'],
    ],
  },
  {
    key: 'base',
    label: 'Frozen weights',
    kind: 'choice',
    options: [
      ['f32', 'float32'],
      ['f16', 'float16'],
    ],
  },
  { key: 'targets', label: 'Beside', kind: 'set', options: loraTargets.map((target) => [target, target]) },
];

/** The settings as they are when nothing is said. */
export function loraDefaults(): LoraConfig {
  return v.parse(Lora, {});
}

/** `LoRA (Rank 16)`: the adapters, and what differs from their usual settings. */
export function loraLabel(settings: Readonly<Record<string, unknown>>): string {
  return labelWith('LoRA', loraFields, settings, loraDefaults());
}

/** After a method's name, where adapters are trained and the name does not say so; else empty. */
export function loraNote({ lora, method }: Pick<RunConfig, 'lora' | 'method'>): string {
  return lora && method.name !== 'o-lora' ? ', LoRA' : '';
}
