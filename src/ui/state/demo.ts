/** The ways in which the page offers to run the demo; the study of the demo compares the same settings. */
import type { MethodInput } from '../../run/methods';

export const DEMO_METHODS = {
  sequential: { name: 'sequential' },
  replay: { name: 'replay', count: 200, ratio: 1 },
} as const satisfies Record<string, MethodInput>;

export type DemoMethod = keyof typeof DEMO_METHODS;
