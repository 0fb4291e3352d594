/** What sets runs apart: the settings of their configs that are not all the same. */
import type { RunConfig } from '../../run/config';

export interface Difference {
  /** Dotted path into the config. */
  path: string;
  /** One text for each config, in order; a dash where it has no such setting. */
  values: string[];
}

export function configDifferences(configs: RunConfig[]): Difference[] {
  const flat = configs.map((config) => {
    const leaves = new Map<string, string>();
    flatten('', config, leaves);
    return leaves;
  });
  const paths = new Set(flat.flatMap((leaves) => [...leaves.keys()]));
  return [...paths]
    .map((path) => ({ path, values: flat.map((leaves) => leaves.get(path) ?? '–') }))
    .filter(({ path, values }) => path !== 'name' && new Set(values).size > 1)
    .sort((a, b) => a.path.localeCompare(b.path));
}

function flatten(path: string, value: unknown, into: Map<string, string>): void {
  if (value === undefined) return;
  if (value === null || typeof value !== 'object') {
    into.set(path, typeof value === 'string' ? value : JSON.stringify(value));
    return;
  }
  for (const [key, inner] of Object.entries(value)) flatten(path ? `${path}.${key}` : key, inner, into);
}
