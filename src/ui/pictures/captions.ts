/** What pictures of a study say under them, and what their files are called. */
import type { RunConfig } from '../../run/config';
import { unscored } from '../../run/study';
import { fileStem } from '../format';
import type { Study } from './groups';

/** @param key what the signs of the picture stand for */
export function studyNotes({ name, groups }: Study, key: string): string[] {
  const run = groups[0]?.runs[0];
  if (!run) return [];
  const { model, plan, batchSize } = run.config;
  const stages = plan.stages.map((s) =>
    s.steps === undefined ? `${s.epochs ?? 0} epochs` : `${s.steps} steps`,
  );
  const seeds = [...new Set(groups.flatMap((group) => group.runs.map((r) => r.config.seed)))].sort(
    (a, b) => a - b,
  );
  return [
    `Model ${model.source === 'bundled' ? model.name : model.source}; ${name}; ${stages.join(', ')}, batch ${batchSize}`,
    `Learning rates ${[...new Set(groups.flatMap((g) => g.runs.map((r) => r.config.optimizer.learningRate)))].join(', ')}; seeds ${seeds.join(', ')}`,
    `${key} Made with Lethe.`,
  ];
}

export function studyFile({ name }: Study, what: string, extension: string): string {
  return `lethe-${fileStem(name)}-${what}.${extension}`;
}

/** Why a study of this plan has no picture of keeping and learning; null where it has one. */
export function noPictureWords(plan: Pick<RunConfig, 'plan' | 'tasks'>): string | null {
  switch (unscored(plan)) {
    case 'alone':
      return 'This plan trains one task and names no old ones, so no picture can set keeping against learning. Train a second task, or let methods use the old data of a watched one.';
    case 'nats':
      return 'This plan’s old or new tasks are all scored by their loss, so no picture can set keeping against learning in points.';
    case null:
      return null;
  }
}
