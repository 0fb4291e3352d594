/** The built page on a plain static host, with the micro model in the place of the bundled one. */
import path from 'node:path';
import type { RunConfigInput } from '../../../src/run/config';
import { dist, root } from '../../project.mjs';
import { serve } from '../../serve.mjs';

const fixtures = path.join(root, 'tests/fixtures');

export interface Site {
  origin: string;
  page: string;
  close(): Promise<void>;
}

/**
 * The build is taken as it is: `ensureBuild` comes first.
 * @param mounts more of them, as `serve` takes them
 */
export async function openFaultSite(mounts: Record<string, string> = {}): Promise<Site> {
  const server = await serve({
    mounts: {
      '/lethe/': dist,
      '/lethe/models/pocket/': path.join(fixtures, 'models/micro'),
      '/files/': path.join(fixtures, 'e2e'),
      ...mounts,
    },
  });
  const { origin } = server;
  return { origin, page: `${origin}/lethe/`, close: () => server.close() };
}

const FILES = [
  { train: '../files/reviews.csv', input: '{review}', target: '{verdict}' },
  { train: '../files/tickets.csv', input: '{message}', target: '{queue}' },
];

/** Tasks of the two small files, as many as are wanted, each with a prompt of its own. */
export function smallTasks(count: number): RunConfigInput['tasks'] {
  return Array.from({ length: count }, (_, i) => {
    const { train, input, target } = FILES[i % FILES.length]!;
    const letter = String.fromCharCode(97 + i);
    return {
      id: letter,
      name: `Task ${letter.toUpperCase()}`,
      metric: 'exact-match',
      data: { kind: 'files', train, mapping: { input: `${letter}: ${input}`, target } },
    };
  });
}

/**
 * A run of the micro model whose stages have so many steps each.
 * @param changes settings in the place of these
 */
export function smallRun(steps: readonly number[], changes: Partial<RunConfigInput> = {}): RunConfigInput {
  const tasks = smallTasks(steps.length);
  return {
    version: 1,
    model: { source: 'bundled', name: 'pocket' },
    tasks,
    plan: { stages: tasks.map(({ id }, i) => ({ task: id, steps: steps[i]! })) },
    optimizer: { name: 'adamw', learningRate: 0.002 },
    batchSize: 8,
    maxSourceTokens: 48,
    maxTargetTokens: 12,
    evaluation: { everySteps: 100, examples: 4, testExamples: 6, batchSize: 6, maxNewTokens: 4, samples: 1 },
    backend: 'wasm',
    ...changes,
  };
}
