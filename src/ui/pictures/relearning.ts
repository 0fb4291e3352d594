/** Learning a forgotten task again beside learning it the first time: Ebbinghaus's savings. */
import type { RunResult } from '../../run/result';
import { measureAxis, PALETTE_SIZE, type PlotLine, type PlotView } from '../charts/view';
import { fixed } from '../format';
import { bandOf, tasksOf, type TaskInRun } from '../run/names';
import { series, type Measure, type Point } from '../run/series';

/** Two lines a task, by steps since learning began: dashed the first time, whole again. */
export function relearningView(run: RunResult, measure: Measure): PlotView {
  const first = series(run, measure);
  const lines = tasksOf(run.config).flatMap((task): PlotLine[] => {
    const again = run.relearning?.find((done) => done.task === task.id);
    const band = bandOf(run, task);
    const known = first.find((line) => line.task.id === task.id);
    if (!again || !band || !known) return [];
    const once = known.points
      .filter(({ x }) => x >= band.from && x <= band.to)
      .map((p) => ({ ...p, x: p.x - band.from }));
    const twice = again.points.map(({ step, score, loss }): Point =>
      measure === 'score'
        ? { x: step, y: score.value, low: score.low, high: score.high, n: score.n }
        : { x: step, y: loss, low: loss, high: loss, n: score.n },
    );
    const look = { colour: task.colour % PALETTE_SIZE, learnt: null };
    return [
      { ...look, label: `${task.name}, first`, dash: [5, 4], points: once, end: `${task.name}, first` },
      { ...look, label: `${task.name}, again`, dash: [], points: twice, end: `${task.name}, again` },
    ];
  });
  const longest = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ x }) => x)));
  return {
    lines,
    bands: [],
    x: { title: 'steps since learning began', min: 0, max: longest, digits: 0 },
    y: measureAxis(measure),
  };
}

/** `Reviews came back in 12 steps of 60: 80 % saved.` */
export function savingsWords(run: RunResult): string[] {
  const named = (id: string): TaskInRun | undefined => tasksOf(run.config).find((task) => task.id === id);
  return (run.metrics.savings ?? []).map(({ task, criterion, firstSteps, againSteps, percent }) => {
    const name = named(task)?.name ?? task;
    const digits = named(task)?.metric === 'loss' ? 2 : 0;
    const goal = `nine tenths of its first gain (${fixed(criterion, digits)})`;
    if (againSteps === null || percent === null)
      return `${name} did not come back to ${goal}, for which it took ${fixed(firstSteps)} steps at first.`;
    return `${name} came back to ${goal} in ${fixed(againSteps)} steps, ${fixed(firstSteps)} at first: ${fixed(percent)} % saved.`;
  });
}
