/** How much old data is enough: replay with a growing share of each earlier task's rows, as a study. */
import type { RunConfig } from '../config';
import { methodDefaults } from '../methodGuide';
import type { Estimated } from '../statistics';
import { methodRows } from './analysis';
import { labelsOf, type StudyConfig } from './config';
import type { StudyRecord } from './queue';

/** Of each earlier task's rows, kept for replay. */
export const SHARES: readonly number[] = [0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

const percent = (share: number): string => `${Number((100 * share).toPrecision(6))} %`;

/** At equal steps: what is varied is the share alone, and a share of 0 replays nothing. */
export function shareSweep(run: RunConfig, seeds: number[], shares: readonly number[] = SHARES): StudyConfig {
  const replay = methodDefaults('replay');
  const ratio = run.method.name === 'replay' ? { ratio: run.method.ratio } : {};
  return {
    version: 1,
    name: 'How much old data is enough',
    run,
    methods: shares.map((share) => ({
      label: `Replay, ${percent(share)}`,
      method: { ...replay, ...ratio, memory: 'share', share } as StudyConfig['methods'][number]['method'],
      change: {},
    })),
    seeds,
    budget: 'steps',
    trials: null,
  };
}

export interface SweepPoint {
  /** 0 to 1. */
  share: number;
  retention: Estimated | null;
  averageAccuracy: Estimated | null;
  /** Mean of R[j][j]: what was learnt when it was learnt. */
  learning: Estimated | null;
  /** Runs behind it. */
  n: number;
}

/** A point for each share of replay that the study has, smallest first. */
export function sweepPoints(record: StudyRecord): SweepPoint[] {
  const rows = methodRows(record);
  const labels = labelsOf(record.study);
  const points = record.study.methods.flatMap(({ method }, i): SweepPoint[] => {
    const row = rows.find((each) => each.method === labels[i]);
    if (method.name !== 'replay' || method.memory !== 'share' || !row || row.done === 0) return [];
    const { retention, averageAccuracy, learning, done } = row;
    return [{ share: method.share, retention, averageAccuracy, learning, n: done }];
  });
  return points.sort((a, b) => a.share - b.share);
}

/** Whether a study is such a sweep. */
export const isSweep = ({ methods }: StudyConfig): boolean =>
  methods.length > 1 && methods.every(({ method }) => method.name === 'replay' && method.memory === 'share');
