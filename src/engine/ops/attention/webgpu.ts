/** Attention and its gradients on WebGPU. */
import { elementLaunch, widthOf } from '../../webgpu/elements';
import type { Plan } from '../../webgpu/kernel';
import { attentionGroups, attentionKeyValueGradGroups, attentionQueryGradGroups } from './webgpuGroups';
import { attentionKeyValueGradThreads, attentionQueryGradThreads, attentionThreads } from './webgpuThreads';

export const attentionPlan: Plan = (args, traits) =>
  traits.software ? attentionThreads(args) : attentionGroups(args, traits);

export const attentionQueryGradPlan: Plan = (args, traits) =>
  traits.software ? attentionQueryGradThreads(args) : attentionQueryGradGroups(args, traits);

export const attentionKeyValueGradPlan: Plan = (args, { software }) =>
  software ? attentionKeyValueGradThreads(args) : attentionKeyValueGradGroups(args);

export const attentionBiasGradPlan: Plan = (args) => {
  const length = args.int('HTS');
  const accumulate = args.int('accumulate') === 1;
  const { width, type, ...w } = widthOf(length);
  return elementLaunch({ width, type, ...w }, length / width, {
    variant: accumulate ? 'add' : 'write',
    uses: [
      { name: 'dScore', type },
      { name: 'dBias', type, access: accumulate ? 'update' : 'write' },
    ],
    main: `var sum = ${accumulate ? 'dBias[i]' : w.zero};
for (var b = 0u; b < p.B; b++) { sum += dScore[b * p.units + i]; }
dBias[i] = sum;`,
  });
};
