/** A study's findings in words: the sweep, the comparison, and whether each bar is reached. */
import type { Estimated } from '../../src/run/statistics';
import type { MethodRow, SweepRow } from './analyse';
import type { Study } from './study';

const points = ({ mean, low, high }: Estimated): string =>
  low === null || high === null
    ? mean.toFixed(1)
    : `${mean.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;

export function sweepMarkdown(study: Study, rows: readonly SweepRow[], best: number): string {
  const lines = rows.map(
    ({ learningRate, score }) =>
      `| ${learningRate}${learningRate === best ? ' (taken)' : ''} | ${score.toFixed(1)} |`,
  );
  return [`| learning rate | ${study.newTask}, validation |`, '| --- | --- |', ...lines].join('\n');
}

export function methodsMarkdown(study: Study, rows: readonly MethodRow[]): string {
  const known = study.knownTasks;
  const head = [
    'method',
    ...known.flatMap((task) => [`${task} lost`, `${task} saved %`]),
    'forgetting',
    `${study.newTask} gained`,
    `${study.newTask} at the end`,
    'seconds',
  ];
  const lines = rows.map((row) =>
    [
      row.method,
      ...known.flatMap((task) => [
        points(row.drops[task]!),
        row.saved === null ? '' : points(row.saved[task]!),
      ]),
      row.forgetting === null ? '' : points(row.forgetting),
      points(row.gain),
      points(row.final),
      row.seconds.toFixed(0),
    ].join(' | '),
  );
  return [
    `| ${head.join(' | ')} |`,
    `|${' --- |'.repeat(head.length)}`,
    ...lines.map((l) => `| ${l} |`),
  ].join('\n');
}

export interface Verdict {
  bar: string;
  reached: boolean;
}

/**
 * Each bar of the study, for the known task that loses most and the method that saves most of it.
 * @param copied what the best copied turn or sentence of each prompt scores on the new task
 */
export function verdicts(study: Study, rows: readonly MethodRow[], copied = 0): Verdict[] {
  const { bars } = study;
  const plain = rows.find((row) => row.method === 'sequential');
  if (!plain) throw new Error('no runs of sequential');
  const found: Verdict[] = [];
  /** A bar on a figure, where the study has it. */
  const judge = (value: number, bar: number | undefined, words: (value: string) => string): void => {
    if (bar !== undefined)
      found.push({ bar: `${words(value.toFixed(1))}, at least ${bar}`, reached: value >= bar });
  };
  const { forgetting, final } = plain;
  if (forgetting && bars.forgetting !== undefined) {
    judge(forgetting.mean, bars.forgetting, (value) => `sequential forgets ${value}`);
    const low = forgetting.low ?? -Infinity;
    found.push({ bar: `with the interval from ${low.toFixed(1)}, above 0`, reached: low > 0 });
  }
  judge(final.mean, bars.final, (value) => `${study.newTask} ends at ${value}`);
  judge(final.mean - copied, bars.aboveCopied, (v) => `${v} above the best copied part of each prompt`);
  judge(plain.gain.mean, bars.gain, (value) => `${study.newTask} gains ${value}`);
  if (bars.seconds !== undefined)
    found.push({
      bar: `a sequential run takes ${plain.seconds.toFixed(0)} s, at most ${bars.seconds}`,
      reached: plain.seconds <= bars.seconds,
    });
  return [...found, ...savings(study, rows, plain)];
}

/** What the task that loses most loses, and what is saved of it by the method that saves most near the new task. */
function savings(study: Study, rows: readonly MethodRow[], plain: MethodRow): Verdict[] {
  const { drop: least, saved: share, savedAtLeast: floor, within } = study.bars;
  if (least === undefined) return [];
  const [task = ''] = [...study.knownTasks].sort((a, b) => plain.drops[b]!.mean - plain.drops[a]!.mean);
  const drop = plain.drops[task]!.mean;
  const found: Verdict[] = [
    { bar: `${task} loses ${drop.toFixed(1)}, at least ${least}`, reached: drop >= least },
  ];
  // Of those that stay near on the new task, the one that saves most.
  const others = rows.filter((row) => row.saved !== null);
  const near = others.filter((row) => plain.final.mean - row.final.mean <= (within ?? Infinity));
  const [saver] = (near.length > 0 ? near : others).sort(
    (a, b) => b.saved![task]!.mean - a.saved![task]!.mean,
  );
  if (!saver) return found;
  const saved = saver.saved![task]!;
  const behind = plain.final.mean - saver.final.mean;
  if (share !== undefined)
    found.push({
      bar: `${saver.method} saves ${saved.mean.toFixed(1)} % of it, at least ${share}`,
      reached: saved.mean >= share,
    });
  if (floor !== undefined)
    found.push({
      bar: `with the interval from ${(saved.low ?? NaN).toFixed(1)}, not below ${floor}`,
      reached: (saved.low ?? -Infinity) >= floor,
    });
  if (within !== undefined)
    found.push({
      bar: `and is ${behind.toFixed(1)} behind sequential on ${study.newTask}, at most ${within}`,
      reached: behind <= within,
    });
  return found;
}
