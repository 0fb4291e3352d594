/** The table of runs: what is found in it, and in which order it stands. */
import { methodLabel } from '../../run/methodGuide';
import type { Annotation, RunResult } from '../../run/result';
import { runName } from '../run/memorable';
import { STATUS_LABELS, tasksOf } from '../run/names';

export type SortKey = 'when' | 'name' | 'averageAccuracy' | 'backwardTransfer' | 'forgetting';

export interface Order {
  by: SortKey;
  descending: boolean;
}

/** All that a search looks at, in lower case. */
function textOf(run: RunResult): string {
  const { config, annotation, device } = run;
  const { model } = config;
  const words = [
    runName(run),
    run.name,
    run.id,
    STATUS_LABELS[run.status],
    methodLabel(config.method),
    config.lora ? 'lora' : '',
    model.source === 'bundled'
      ? model.name
      : model.source === 'checkpoint'
        ? 'checkpoint'
        : 'id' in model
          ? model.id
          : '',
    `seed ${config.seed}`,
    device?.backend ?? '',
    ...tasksOf(config).map(({ name }) => name),
    ...(annotation?.tags ?? []),
    annotation?.notes ?? '',
  ];
  return words.join('\n').toLowerCase();
}

/** Runs that have every word of the query somewhere, and every one of the tags. */
export function found(runs: readonly RunResult[], query: string, tags: readonly string[]): RunResult[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter((run) => {
    if (!tags.every((tag) => run.annotation?.tags?.includes(tag))) return false;
    if (words.length === 0) return true;
    const text = textOf(run);
    return words.every((word) => text.includes(word));
  });
}

/** Runs in an order; those without the measure stand last either way. */
export function sorted(runs: readonly RunResult[], { by, descending }: Order): RunResult[] {
  const sign = descending ? -1 : 1;
  return [...runs].sort((a, b) => {
    if (by === 'when') return sign * a.createdAt.localeCompare(b.createdAt);
    if (by === 'name') return sign * runName(a).localeCompare(runName(b));
    const [x, y] = [a.metrics[by], b.metrics[by]];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (x - y);
  });
}

/** Every tag in use, the most used first. */
export function tagsOf(runs: readonly RunResult[]): string[] {
  const counts = new Map<string, number>();
  for (const tag of runs.flatMap((run) => run.annotation?.tags ?? []))
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([tag]) => tag);
}

/** What was typed as tags: between commas, each once. */
export function readTags(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim().replace(/\s+/g, ' ').slice(0, 60));
  return [...new Set(tags.filter(Boolean))].slice(0, 50);
}

/** Without what is empty: a name that is left out is made up again. */
export function annotationOf(name: string, tags: string, notes: string): Annotation {
  const [own, list] = [name.trim().slice(0, 200), readTags(tags)];
  return {
    ...(own && { name: own }),
    ...(list.length > 0 && { tags: list }),
    ...(notes.trim() && { notes: notes.slice(0, 50_000) }),
  };
}
