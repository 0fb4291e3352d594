/** A run on its way out: CSV of its curves and its matrix. JSON is the record itself. */
import { sheetOf } from '../../security/sheet';
import { methodLabel } from '../../run/methodGuide';
import type { RunResult, TestScore } from '../../run/result';
import { knownAndSaid } from './knowledge';
import { runName } from './memorable';
import { letterOf, tasksOf } from './names';
import { fileStem } from '../format';

/** On every line, so that sheets of several runs can be put together. */
const about = (result: RunResult) => ({
  run: runName(result),
  method: methodLabel(result.config.method),
});

const methodWords = ({ config: { method, lora } }: RunResult): string =>
  `${methodLabel(method)}${lora ? `, LoRA of rank ${lora.rank}` : ''}`;

/** One line for each task scored at a step, with the run's seed and backend so that a sheet stands alone. */
export function evaluationsCsv(result: RunResult): string {
  const tasks = tasksOf(result.config);
  return sheetOf(
    result.evaluations.map((e) => {
      const task = tasks.find((t) => t.id === e.task);
      return {
        step: e.step,
        stage: e.stage,
        task: e.task,
        name: task?.name ?? e.task,
        metric: task?.metric ?? '',
        score: e.score.value,
        low: e.score.low,
        high: e.score.high,
        n: e.score.n,
        loss: e.loss,
        seed: result.config.seed,
        backend: result.device?.backend ?? '',
        ...about(result),
      };
    }),
  );
}

/** What the model knows and says of a task; empty cells where it was not measured. */
function knowledgeCells(score: TestScore): Record<string, number | string> {
  const { knowledge } = score;
  return {
    knows: knowledge?.score.value ?? '',
    knows_low: knowledge?.score.low ?? '',
    knows_high: knowledge?.score.high ?? '',
    knows_n: knowledge?.score.n ?? '',
    says: knownAndSaid(score)?.says ?? '',
    format_loss: knowledge?.formatLoss ?? '',
    labels_compared: knowledge?.labels.compared ?? '',
    labels_all: knowledge?.labels.all ?? '',
  };
}

/** The average over the tasks so far, on each line of a stage; how fast its own task was learnt, on the line of that. */
function stageCells(
  { metrics, bands }: RunResult,
  stage: number,
  task: string,
): Record<string, number | string> {
  const own = bands.some((band) => band.stage === stage && band.task === task);
  const speed = own ? metrics.learning?.find((each) => each.task === task) : undefined;
  return {
    average_accuracy: metrics.curve?.find((each) => each.stage === stage)?.averageAccuracy ?? '',
    learning_area: speed?.area ?? '',
    steps_to_most_gain: speed?.stepsToMostGain ?? '',
  };
}

/** The accuracy matrix on the test parts, one line for each entry. */
export function matrixCsv(result: RunResult): string {
  return sheetOf(
    result.matrix.flatMap((row) =>
      row.scores.map((s) => ({
        stage: row.stage,
        step: row.step,
        task: s.task,
        metric: s.metric,
        score: s.score.value,
        low: s.score.low,
        high: s.score.high,
        n: s.score.n,
        loss: s.loss,
        inside_label_set: s.insideLabelSet ?? '',
        ...knowledgeCells(s),
        ...stageCells(result, row.stage, s.task),
        seed: result.config.seed,
        backend: result.device?.backend ?? '',
        ...about(result),
      })),
    ),
  );
}

export function runFileName(result: RunResult, what: string, extension: string): string {
  return `lethe-${fileStem(result.name)}-${what}.${extension}`;
}

/**
 * What a picture of the run says under it, so that it can be repeated from the picture alone.
 * @param key what its signs stand for
 */
export function captionNotes(
  result: RunResult,
  key = 'Ribbons: 95 % intervals. Rings: where each task was learnt.',
): string[] {
  const { config, device } = result;
  const tasks = tasksOf(config);
  const stages = config.plan.stages.map((s) => {
    const name = tasks.find((t) => t.id === s.task)?.name ?? s.task;
    return `${name} (${s.steps === undefined ? `${s.epochs ?? 0} epochs` : `${s.steps} steps`})`;
  });
  const watched = tasks.filter((t) => t.stage === null).map((t) => t.name);
  const model = config.model.source === 'bundled' ? config.model.name : config.model.source;
  return [
    `Model ${model}; stages ${stages.join(', ')}${watched.length > 0 ? `; watched ${watched.join(', ')}` : ''}`,
    `${methodWords(result)}; ` +
      `${config.optimizer.name}, learning rate ${config.optimizer.learningRate}, ${config.optimizer.schedule.name}, ` +
      `batch ${config.batchSize}, seed ${config.seed}${device ? `; ${device.backend}, ${device.description}` : ''}`,
    `${key} Run ${runName(result)}. Made with Lethe.`.trim(),
  ];
}

/** The same for a picture of several runs, a line a run; the plan is that of the first. */
export function comparisonNotes(runs: readonly RunResult[]): string[] {
  const [first] = runs;
  const lines = runs.map((run, i) => {
    const { seed, optimizer } = run.config;
    return (
      `${letterOf(i)}: ${runName(run)}, ${run.name}; ${methodWords(run)}, ` +
      `learning rate ${optimizer.learningRate}, seed ${seed}`
    );
  });
  const plan = first ? captionNotes(first).slice(0, 1) : [];
  return [...plan, ...lines, 'Ribbons: 95 % intervals. Made with Lethe.'];
}
