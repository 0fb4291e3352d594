/** How much old data is enough: what is kept and what is learnt against the share of old examples that is replayed. */
import type { MethodConfig } from '../../run/methods';
import type { RunResult } from '../../run/result';
import { newTaskScore, oldTaskRetention, oldTaskScore, type SharePoint } from '../../run/study';
import type { PlotView } from '../charts/view';
import { overSeeds, percent, type SeedGroup, type Study } from './groups';

/** Runs that differ in the share of examples replayed and in nothing else. */
export interface Sweep {
  key: string;
  study: string;
  points: SharePoint[];
}

type ByShare = MethodConfig & { name: 'replay'; memory: 'share' };

/** The share that a run keeps; null for a method that keeps no share. */
function shareOf({ config: { method } }: RunResult): number | null {
  if (method.name === 'sequential') return 0;
  return method.name === 'replay' && method.memory === 'share' ? method.share : null;
}

/** Settings of a sweep, the share left out. Plain fine-tuning is its point at 0, whatever the settings of replay. */
function settingsOf({ config }: RunResult): { common: string; replay: string | null } {
  const { name: _name, seed: _seed, backend: _backend, method, ...rest } = config;
  if (method.name === 'sequential') return { common: JSON.stringify(rest), replay: null };
  const { ratio } = method as ByShare;
  return { common: JSON.stringify(rest), replay: JSON.stringify({ ratio }) };
}

/** The sweeps among the groups of studies: at least two shares each, the one with the most first. */
export function sweepsOf(studies: readonly Study[]): Sweep[] {
  return studies
    .flatMap((study) => {
      const groups = study.groups.filter((group) => shareOf(group.runs[0] as RunResult) !== null);
      const settings = groups.map((group) => settingsOf(group.runs[0] as RunResult));
      const keys = new Set(
        settings.flatMap(({ common, replay }) => (replay === null ? [] : `${common} ${replay}`)),
      );
      return [...keys].map((key): Sweep => {
        const own = groups.filter((_, i) => {
          const { common, replay } = settings[i] as (typeof settings)[number];
          return replay === null ? key.startsWith(`${common} `) : key === `${common} ${replay}`;
        });
        return { key, study: study.name, points: pointsOf(own) };
      });
    })
    .filter(({ points }) => points.length > 1)
    .sort((a, b) => b.points.length - a.points.length);
}

/** Replay of nothing and plain fine-tuning are the same run; the one with more seeds stands for both. */
function pointsOf(groups: readonly SeedGroup[]): SharePoint[] {
  const byShare = new Map<number, SeedGroup>();
  for (const group of groups) {
    const share = shareOf(group.runs[0] as RunResult) ?? 0;
    const known = byShare.get(share);
    if (!known || known.runs.length < group.runs.length) byShare.set(share, group);
  }
  return [...byShare]
    .sort(([a], [b]) => a - b)
    .map(([share, group]) => ({
      share,
      retention: overSeeds(group, oldTaskRetention),
      old: overSeeds(group, oldTaskScore),
      learnt: overSeeds(group, newTaskScore),
    }));
}

/** Shares stand evenly spaced: they are chosen to grow by factors, and 0 is one of them. */
export function shareView({ points }: Sweep): PlotView {
  const measures = [
    ['retention', 'retention, %', 0, []],
    ['learnt', 'score on new tasks', 1, [6, 4]],
  ] as const;
  return {
    lines: measures.map(([key, label, colour, dash]) => ({
      label,
      colour,
      dash: [...dash],
      learnt: null,
      end: label,
      points: points.flatMap((point, x) => {
        const value = point[key];
        if (!value) return [];
        const { mean, low, high, n } = value;
        return [{ x, y: mean, low: low ?? mean, high: high ?? mean, n }];
      }),
    })),
    bands: [],
    x: {
      title: 'share of old examples kept',
      min: 0,
      max: points.length - 1,
      digits: 0,
      labels: points.map(({ share }, at) => ({ at, text: percent(share) })),
    },
    y: { title: 'per cent', min: 0, max: null, digits: 1 },
  };
}

/**
 * The smallest share that keeps at least `enough` of the best retention of the sweep.
 * @param enough 0 to 1
 */
export function enoughShare({ points }: Sweep, enough = 0.95): SharePoint | null {
  const best = Math.max(...points.map(({ retention }) => retention?.mean ?? -Infinity));
  return points.find(({ retention }) => (retention?.mean ?? -Infinity) >= enough * best) ?? null;
}
