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

/** Each bar, for the known task that loses most and the method that saves most of it. */
export function verdicts(study: Study, rows: readonly MethodRow[]): Verdict[] {
  const { bars } = study;
  const plain = rows.find((row) => row.method === 'sequential');
  if (!plain) throw new Error('no runs of sequential');
  const [task = ''] = [...study.knownTasks].sort((a, b) => plain.drops[b]!.mean - plain.drops[a]!.mean);
  const drop = plain.drops[task]!.mean;
  const found: Verdict[] = [
    { bar: `${task} loses ${drop.toFixed(1)}, at least ${bars.drop}`, reached: drop >= bars.drop },
    {
      bar: `${study.newTask} gains ${plain.gain.mean.toFixed(1)}, at least ${bars.gain}`,
      reached: plain.gain.mean >= bars.gain,
    },
  ];
  // Of those that stay near on the new task, the one that saves most.
  const others = rows.filter((row) => row.saved !== null);
  const near = others.filter((row) => plain.final.mean - row.final.mean <= bars.within);
  const [saver] = (near.length > 0 ? near : others).sort(
    (a, b) => b.saved![task]!.mean - a.saved![task]!.mean,
  );
  if (saver) {
    const saved = saver.saved![task]!;
    const behind = plain.final.mean - saver.final.mean;
    found.push(
      {
        bar: `${saver.method} saves ${saved.mean.toFixed(1)} % of it, at least ${bars.saved}`,
        reached: saved.mean >= bars.saved,
      },
      {
        bar: `with the interval from ${(saved.low ?? NaN).toFixed(1)}, not below ${bars.savedAtLeast}`,
        reached: (saved.low ?? -Infinity) >= bars.savedAtLeast,
      },
      {
        bar: `and is ${behind.toFixed(1)} behind sequential on ${study.newTask}, at most ${bars.within}`,
        reached: behind <= bars.within,
      },
    );
  }
  if (bars.seconds !== undefined)
    found.push({
      bar: `a sequential run takes ${plain.seconds.toFixed(0)} s, at most ${bars.seconds}`,
      reached: plain.seconds <= bars.seconds,
    });
  return found;
}
