/** A study's findings as Markdown: the table, the comparisons, the settings, the machine. */
import { fixed, signed } from '../../words/numbers';
import { methodLabel } from '../methodGuide';
import type { Estimated } from '../statistics';
import { comparisons, methodRows, referenceOf, resultsOf, type Comparison, type MethodRow } from './analysis';
import { countCells, nextCell } from './cells';
import { labelsOf } from './config';
import type { StudyRecord } from './queue';
import { allByLoss } from './scores';

/** `61.2 ± 1.4`: the mean and half of its 95 % interval over seeds. */
export function withInterval(value: Estimated | null, digits = 1): string {
  if (!value) return '';
  const { mean, low, high } = value;
  const centre = fixed(mean, digits);
  return low === null || high === null ? centre : `${centre} ± ${fixed((high - low) / 2, digits)}`;
}

const number = (value: number): string => fixed(value);
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** What stands over a column, by the key that stands over it in files for machines. */
// @wc-include
const TITLES = {
  average_accuracy: 'average accuracy',
  backward_transfer: 'backward transfer',
  forgetting: 'forgetting',
  watched_loss: 'watched loss',
  seconds: 'seconds',
  ms_a_step: 'ms a step',
  mb: 'MB',
  tokens_trained: 'tokens trained',
  extra_tokens: 'extra tokens',
};

// @wc-include
const HEADS = {
  method: 'method',
  runs: 'runs',
  interval: '95 % interval',
  seeds: 'seeds',
  rate: 'learning rate',
  settings: 'settings',
};

// @wc-include
export const VERDICTS: Readonly<Record<Comparison['verdict'], string>> = {
  above: 'above',
  below: 'below',
  unclear: 'can’t tell',
};

interface Column {
  title: string;
  text: (row: MethodRow) => string;
  /** The same for machines: its figures by keys that are the same in every language, '' for one that is missing. */
  figures: (row: MethodRow) => Record<string, number | ''>;
}

const overSeeds = (key: keyof typeof TITLES, value: (row: MethodRow) => Estimated | null): Column => ({
  title: TITLES[key],
  text: (row) => withInterval(value(row)),
  figures: (row) => {
    const of = value(row);
    return { [key]: of?.mean ?? '', [`${key}_low`]: of?.low ?? '', [`${key}_high`]: of?.high ?? '' };
  },
});

const plain = (
  key: keyof typeof TITLES,
  value: (row: MethodRow) => number | null,
  text: (value: number) => string = number,
): Column => ({
  title: TITLES[key],
  text: (row) => {
    const of = value(row);
    return of === null ? '' : text(of);
  },
  figures: (row) => ({ [key]: value(row) ?? '' }),
});

const thousands = (value: number): string => `${number(value / 1e3)} k`;

/** The columns that the page's table, its sheet and the printed one have in common. */
export const columns: readonly Column[] = [
  overSeeds('average_accuracy', (row) => row.averageAccuracy),
  overSeeds('backward_transfer', (row) => row.backwardTransfer),
  overSeeds('forgetting', (row) => row.forgetting),
  overSeeds('watched_loss', (row) => row.watchedLoss),
  plain('seconds', (row) => row.seconds),
  plain('ms_a_step', (row) => row.stepSeconds && 1000 * row.stepSeconds),
  plain('mb', (row) => row.memoryBytes && row.memoryBytes / 1e6),
  plain('tokens_trained', (row) => row.trainedTokens, thousands),
  plain('extra_tokens', (row) => row.extraTokens, thousands),
];

export function methodsTable(record: StudyRecord): string {
  return table(
    [HEADS.method, HEADS.runs, ...columns.map(({ title }) => title)],
    methodRows(record).map((row) => [
      row.method,
      row.done === row.planned ? String(row.done) : `${row.done} of ${row.planned}`,
      ...columns.map(({ text }) => text(row)),
    ]),
  );
}

export function comparisonsTable(record: StudyRecord): string {
  const reference = referenceOf(record);
  const rows = comparisons(record).map(({ method, difference: { mean, low, high, n }, verdict }) => [
    method,
    signed(mean, 1),
    low === null || high === null ? '' : `${fixed(low, 1)} to ${fixed(high, 1)}`,
    String(n),
    VERDICTS[verdict],
  ]);
  return table([HEADS.method, `against ${reference}`, HEADS.interval, HEADS.seeds, ''], rows);
}

export function settingsTable(record: StudyRecord): string {
  return table(
    [HEADS.method, HEADS.rate, HEADS.settings],
    methodRows(record).map(({ method, chosen }) => [
      method,
      chosen ? String(chosen.learningRate) : '',
      chosen ? methodLabel(chosen.settings) : '',
    ]),
  );
}

/** The machines that cells were computed on, each once. */
export function machines(record: StudyRecord): string[] {
  const words = resultsOf(record).flatMap(({ device }) =>
    device
      ? [`${device.backend === 'webgpu' ? 'WebGPU' : 'WASM'}: ${device.description}; ${device.userAgent}`]
      : [],
  );
  return [...new Set(words)];
}

const NO_POINTS =
  'All trained tasks are scored by their loss: trials are chosen by it, and there are no points to compare methods by.';

/** What was run, in a few sentences. */
export function aboutStudy({ study }: StudyRecord): string[] {
  const { run, trials, budget } = study;
  const nameOf = (task: string): string => run.tasks.find(({ id }) => id === task)?.name ?? task;
  const stages = run.plan.stages
    .map(
      (stage) =>
        `${nameOf(stage.task)} (${stage.steps === undefined ? `${stage.epochs ?? 0} epochs` : `${stage.steps} steps`})`,
    )
    .join(', then ');
  const { lora } = run;
  const model = run.model.source === 'bundled' ? run.model.name : run.model.source;
  return [
    `Model ${model}; ${stages}${run.plan.watched.length > 0 ? `; watched: ${run.plan.watched.map(nameOf).join(', ')}` : ''}.`,
    `Batches of ${run.batchSize}, at most ${run.maxSourceTokens} tokens of a prompt and ${run.maxTargetTokens} of an answer; ${run.optimizer.name}; ${run.evaluation.testExamples} test rows of each task.`,
    ...(lora
      ? [
          `LoRA adapters of rank ${lora.rank} and α ${lora.alpha}, on ${lora.targets.join(', ')}, are trained in place of the weights.`,
        ]
      : []),
    budget === 'tokens'
      ? 'All methods have the same budget of tokens through forward and backward, replayed ones included; what teachers and Fisher estimates take beside is under “extra tokens”.'
      : 'All methods have the same number of steps.',
    trials
      ? `Each of the ${labelsOf(study).length} methods had ${trials.count} trials over its learning rate and its own strength, chosen on validation rows with the seed ${trials.seed} and the tasks in another order.`
      : 'Every method was taken as it is given; nothing was tuned.',
    ...(allByLoss(run) ? [NO_POINTS] : []),
  ];
}

/** What is done, and what is still due; empty when all is. */
export function dueWords(record: StudyRecord): string {
  const { trials, runs } = countCells(record.study);
  const done = resultsOf(record).length;
  if (done === trials + runs) return '';
  const next = nextCell(record.study, record.cells, record.stamp);
  return `**${done} of ${trials + runs} cells are done** (${trials} trials, ${runs} runs in all)${next ? `; the next is \`${next.id}\`` : ''}. A method without a figure has not been run yet; one with a single seed has no interval.`;
}

/** The whole report. @param repeat the command or steps that make it again */
export function reportMarkdown(record: StudyRecord, repeat: string): string {
  return [
    ...[...aboutStudy(record), dueWords(record)].filter(Boolean).flatMap((text) => [text, '']),
    methodsTable(record),
    '',
    `Means over seeds ± half of the 95 % interval (Student’s t). Seconds are of training and evaluation together, as a clock has them; milliseconds of a step are medians.`,
    '',
    ...(allByLoss(record.study.run)
      ? []
      : [
          comparisonsTable(record),
          '',
          'The paired difference of average accuracy on the same seeds and test rows, with its 95 % interval: bootstrap over seeds and examples. Fewer than three seeds give no verdict.',
          '',
        ]),
    settingsTable(record),
    '',
    ...machines(record).map((machine) => `- ${machine}`),
    '',
    repeat,
    '',
  ].join('\n');
}
