import type { RunConfig } from '../run/config';

/** Methods that the Python program has. */
const known: ReadonlySet<RunConfig['method']['name']> = new Set([
  'sequential',
  'joint',
  'multi-task',
  'replay',
  'ewc',
]);

/** What of a plan it repeats. */
const planKeys: ReadonlySet<string> = new Set(['stages', 'watched', 'relearn']);

/** Why a run cannot be continued on PyTorch, in a sentence; null when it can. */
export function handoffObstacle(config: RunConfig): string | null {
  const { method, lora, plan } = config;
  if (!known.has(method.name))
    return `The PyTorch program has no ${method.name}; it has ${[...known].join(', ')}.`;
  if (lora && lora.adapters !== 'shared')
    return 'The PyTorch program has one LoRA adapter for all stages, and none a task.';
  for (const [key, value] of Object.entries(plan))
    if (!planKeys.has(key) && !(Array.isArray(value) && value.length === 0))
      return `The PyTorch program does not know plan.${key}.`;
  return null;
}
