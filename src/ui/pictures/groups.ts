/** Kept runs as studies: runs that can be compared, and among them those that differ in nothing but the seed. */
import type { RunConfig } from '../../run/config';
import { loraNote } from '../../run/loraGuide';
import { methodLabel } from '../../run/methodGuide';
import type { RunResult } from '../../run/result';
import { tInterval, type Estimated } from '../../run/statistics';
import { configDifferences } from '../run/differences';

/** Runs of one setting, each with another seed. */
export interface SeedGroup {
  key: string;
  /** The method, and what else tells the group from the others of its study. */
  label: string;
  runs: RunResult[];
}

/** Runs of the same model over the same tasks, plan and budget. */
export interface Study {
  key: string;
  name: string;
  groups: SeedGroup[];
}

/** What runs must share so that their scores can be laid side by side. */
function studyKey({ model, tasks, plan, batchSize, maxSourceTokens, maxTargetTokens }: RunConfig): string {
  const used = new Set([...plan.stages.map((stage) => stage.task), ...plan.watched]);
  const data = tasks
    .filter((task) => used.has(task.id))
    .map(({ id, metric, data }) => ({ id, metric, data }));
  const { stages, watched } = plan;
  return JSON.stringify([
    model,
    data,
    stages,
    [...watched].sort(),
    batchSize,
    maxSourceTokens,
    maxTargetTokens,
  ]);
}

/** Everything but what says nothing of the setting: name, seed, and where it was computed. */
function groupKey(config: RunConfig): string {
  const { name: _name, seed: _seed, backend: _backend, ...rest } = config;
  return JSON.stringify(rest);
}

/** Finished runs in studies, the one with the most runs first; of runs with the same seed the newest counts. */
export function studiesOf(runs: readonly RunResult[]): Study[] {
  const studies = new Map<string, Map<string, Map<number, RunResult>>>();
  const byAge = [...runs].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  for (const run of byAge) {
    if (run.status !== 'finished') continue;
    const groups = entry(studies, studyKey(run.config), () => new Map<string, Map<number, RunResult>>());
    entry(groups, groupKey(run.config), () => new Map<number, RunResult>()).set(run.config.seed, run);
  }
  return [...studies]
    .map(([key, groups]): Study => {
      const found = labelled(
        [...groups].map(([group, bySeed]) => ({
          key: group,
          label: '',
          runs: [...bySeed.values()].sort((a, b) => a.config.seed - b.config.seed),
        })),
      );
      return { key, name: planOf(found[0]?.runs[0]), groups: found };
    })
    .sort((a, b) => size(b) - size(a));
}

const size = ({ groups }: Study): number => groups.reduce((sum, group) => sum + group.runs.length, 0);

function planOf(run: RunResult | undefined): string {
  if (!run) return '';
  const { stages, watched } = run.config.plan;
  const nameOf = (id: string) => run.config.tasks.find((task) => task.id === id)?.name ?? id;
  const looked = watched.length > 0 ? `; watched ${watched.map(nameOf).join(', ')}` : '';
  return `${stages.map((stage) => nameOf(stage.task)).join(' → ')}${looked}`;
}

/** What tells a method in a picture, where room is short: the settings of replay by what they keep. */
function shortLabel(config: RunConfig): string {
  const { method } = config;
  const by = loraNote(config);
  if (method.name !== 'replay') return `${methodLabel(method)}${by}`;
  const { memory, share, count, capacity, ratio } = method;
  const kept = { share: percent(share), count: `${count} a task`, reservoir: `${capacity} in all` }[memory];
  return `Replay, ${kept}${ratio === 1 ? '' : `, ratio ${ratio}`}${by}`;
}

/** Of a whole, in three figures: 5 %, 0.25 %. */
export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/** Names the method, and where several groups share it, the settings in which they differ. */
function labelled(groups: SeedGroup[]): SeedGroup[] {
  const name = (group: SeedGroup) => shortLabel((group.runs[0] as RunResult).config);
  return groups.map((group) => {
    const alike = groups.filter((other) => name(other) === name(group));
    if (alike.length < 2) return { ...group, label: name(group) };
    const differences = configDifferences(alike.map((other) => (other.runs[0] as RunResult).config)).filter(
      ({ path }) => path !== 'seed' && path !== 'backend' && !path.startsWith('method.'),
    );
    const own = alike.indexOf(group);
    const set = differences.filter(({ values }) => values[own] !== '–');
    const words = set.map(({ path, values }) => `${path.split('.').at(-1) ?? path} ${values[own] ?? ''}`);
    return { ...group, label: [name(group), ...words].join(', ') };
  });
}

function entry<K, V>(map: Map<K, V>, key: K, made: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = made();
  map.set(key, fresh);
  return fresh;
}

/**
 * A measure over the seeds of a group with Student's t interval.
 * @param measure null where a run has no such measure
 * @returns null where no run has one
 */
export function overSeeds(group: SeedGroup, measure: (run: RunResult) => number | null): Estimated | null {
  const values = group.runs.map(measure).filter((value): value is number => value !== null);
  return values.length === 0 ? null : tInterval(values);
}
