/** How much old data is enough: replay with a growing share of each earlier task's rows, as a study. */
import { withMethod, type RunConfig } from '../config';
import { loraNote } from '../loraGuide';
import { methodDefaults } from '../methodGuide';
import type { Estimated } from '../statistics';
import { estimated, runsOf, scoredRun } from './analysis';
import type { CellResult } from './cellResult';
import { labelsOf, type StudyConfig } from './config';
import type { StudyRecord } from './queue';
import { newTaskScore, oldTaskRetention, oldTaskScore, type SharePoint } from './scores';

/** Of each earlier task's rows, kept for replay. */
export const SHARES: readonly number[] = [0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

const percent = (share: number): string => `${Number((100 * share).toPrecision(6))} %`;

/** At equal steps: what is varied is the share alone, and a share of 0 replays nothing. */
export function shareSweep(
  given: RunConfig,
  seeds: number[],
  shares: readonly number[] = SHARES,
): StudyConfig {
  const replay = methodDefaults('replay');
  const ratio = given.method.name === 'replay' ? { ratio: given.method.ratio } : {};
  const run = withMethod(given, replay);
  return {
    version: 1,
    name: 'How much old data is enough',
    run,
    methods: shares.map((share) => ({
      label: `Replay, ${percent(share)}${loraNote(run)}`,
      method: { ...replay, ...ratio, memory: 'share', share } as StudyConfig['methods'][number]['method'],
      change: {},
    })),
    seeds,
    budget: 'steps',
    trials: null,
  };
}

/** A point for each share of replay that the study has, smallest first. */
export function sweepPoints(record: StudyRecord): SharePoint[] {
  const labels = labelsOf(record.study);
  const points = record.study.methods.flatMap(({ method }, i): SharePoint[] => {
    if (method.name !== 'replay' || method.memory !== 'share') return [];
    const runs = runsOf(record, labels[i] ?? '');
    if (runs.length === 0) return [];
    const over = (measure: (cell: CellResult) => number | null): Estimated | null =>
      estimated(runs.map(measure));
    return [
      {
        share: method.share,
        retention: over((cell) => oldTaskRetention(scoredRun(record, cell))),
        old: over((cell) => oldTaskScore(scoredRun(record, cell))),
        learnt: over((cell) => newTaskScore(scoredRun(record, cell))),
      },
    ];
  });
  return points.sort((a, b) => a.share - b.share);
}

/** Whether a study is such a sweep. */
export const isSweep = ({ methods }: StudyConfig): boolean =>
  methods.length > 1 && methods.every(({ method }) => method.name === 'replay' && method.memory === 'share');
