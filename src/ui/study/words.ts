/** A study in words: what it will take, how far it is. */
import type { RunConfig } from '../../run/config';
import {
  countCells,
  estimateStudy,
  resultsOf,
  secondsLeft,
  type Rates,
  type StudyConfig,
  type StudyRecord,
} from '../../run/study';
import { bytes, duration, fileStem, plural } from '../format';

/** `9 runs and 12 trials, about 31 min; 214 MB on the device; 40 MB kept meanwhile, 0.3 MB after.` */
export function estimateWords(study: StudyConfig, rates: Rates, rows: (task: string) => number): string {
  const { trials, runs, seconds, memoryBytes, resultBytes, checkpointBytes } = estimateStudy(
    study,
    rates,
    rows,
  );
  const room = memoryBytes === null ? '' : ` ${bytes(memoryBytes)} on the device;`;
  return `${cellWords(trials, runs)}, about ${duration(seconds)};${room} ${bytes(checkpointBytes)} kept while it goes, ${bytes(resultBytes)} after.`;
}

export function cellWords(trials: number, runs: number): string {
  return trials === 0 ? plural(runs, 'run') : `${plural(runs, 'run')} and ${plural(trials, 'trial')}`;
}

export interface StudyProgress {
  done: number;
  all: number;
  failed: number;
  /** 0 to 1. */
  share: number;
  secondsLeft: number | null;
}

/** @param within the cell that is going, 0 to 1 of it */
export function studyProgress(record: StudyRecord, within = 0): StudyProgress {
  const { trials, runs } = countCells(record.study);
  const done = resultsOf(record);
  const all = trials + runs;
  return {
    done: done.length,
    all,
    failed: done.filter((cell) => cell.status === 'failed').length,
    share: all === 0 ? 1 : Math.min(1, (done.length + (done.length < all ? within : 0)) / all),
    secondsLeft: done.length < all ? secondsLeft(record.study, done) : null,
  };
}

/** `Reviews → Tickets; watched Topics`. */
export function planWords({ plan, tasks }: Pick<RunConfig, 'plan' | 'tasks'>): string {
  const nameOf = (id: string) => tasks.find((task) => task.id === id)?.name ?? id;
  const stages = plan.stages.map(({ task }) => nameOf(task)).join(' → ');
  return plan.watched.length === 0 ? stages : `${stages}; watched ${plan.watched.map(nameOf).join(', ')}`;
}

export const studyFile = ({ name }: StudyRecord, what: string, extension: string): string =>
  `lethe-study-${fileStem(name)}-${what}.${extension}`;

/** Under exported pictures of a study. @param key what the signs of the picture stand for */
export function studyNotes(record: StudyRecord, key: string): string[] {
  const { run, seeds, budget } = record.study;
  return [
    `${record.name}: ${planWords(run)}`,
    `Seeds ${seeds.join(', ')}; equal ${budget}; batch ${run.batchSize}`,
    `${key} Made with Lethe.`,
  ];
}
