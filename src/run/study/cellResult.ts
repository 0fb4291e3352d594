/** What is kept of a cell's run: little enough that a study of a hundred runs is one small file. */
import type { MethodConfig } from '../methods';
import type { Outcomes } from '../outcomes';
import type { Cost, DeviceInfo, EvaluationPoint, Metrics, RunResult, Score } from '../result';
import { mean } from '../statistics';
import type { Cell } from './cells';

/** A task after a stage. */
export interface CellScore {
  task: string;
  score: Score;
  /** Nats a target token. */
  loss: number;
  /** Row by row, after the last stage alone. */
  outcomes?: Omit<Outcomes, 'answers'>;
}

export interface CellResult extends Pick<Cell, 'id' | 'key' | 'kind' | 'method' | 'trial'> {
  version: 1;
  status: 'finished' | 'failed';
  /** Of a failed one. */
  error?: string;
  seed: number;
  learningRate: number;
  settings: MethodConfig;
  /** ISO 8601, of its end. */
  finishedAt: string;
  device: DeviceInfo | null;
  parameters: number;
  /** About what the run took on the device. */
  memoryBytes?: number;
  steps: number;
  trainSeconds: number;
  evaluationSeconds: number;
  /** Median of a step. */
  stepSeconds: number;
  cost: Cost;
  /** Of a trial: mean score of the trained tasks on validation rows after the last stage; null where none has points. */
  validation: number | null;
  /** Of a trial: their mean loss there, nats a token; absent where it is no number, and in earlier files. */
  validationLoss?: number;
  metrics: Pick<
    Metrics,
    'averageAccuracy' | 'backwardTransfer' | 'forgetting' | 'watched' | 'forwardTransfer' | 'retention'
  >;
  /** R: rows of tasks, row 0 first; empty for a trial, which sees no test rows. */
  matrix: { stage: number; scores: CellScore[] }[];
}

/** The last points on validation rows of the tasks that stages train. */
function lastPoints({ config, evaluations }: RunResult): EvaluationPoint[] {
  return config.plan.stages.flatMap(({ task }) => evaluations.findLast((point) => point.task === task) ?? []);
}

/** Mean last validation score of the tasks that stages train; null where all are scored by their loss. */
function validationScore(result: RunResult): number | null {
  const values = lastPoints(result)
    .filter(({ task }) => result.config.tasks.find(({ id }) => id === task)?.metric !== 'loss')
    .map(({ score }) => score.value);
  return values.length === 0 ? null : mean(values);
}

/** What a trial is chosen by. */
function validationOf(result: RunResult): Pick<CellResult, 'validation' | 'validationLoss'> {
  const loss = mean(lastPoints(result).map((point) => point.loss));
  return { validation: validationScore(result), ...(Number.isFinite(loss) && { validationLoss: loss }) };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const tenths = (seconds: number): number => Math.round(10 * seconds) / 10;

/** What a result says of its cell, whatever came of it. */
export const describedCell = ({ id, key, kind, method, trial, config }: Cell) =>
  ({
    version: 1,
    id,
    key,
    kind,
    method,
    trial,
    seed: config.seed,
    learningRate: config.optimizer.learningRate,
    settings: config.method,
  }) satisfies Partial<CellResult>;

/** @param result of the cell's run, when it is over */
export function cellResult(cell: Cell, result: RunResult): CellResult {
  const { metrics, timings, matrix, cost } = result;
  const last = matrix.at(-1);
  const steps = timings.map((timing) => timing.stepSeconds).filter((seconds) => seconds > 0);
  return {
    ...describedCell(cell),
    status: result.status === 'finished' ? 'finished' : 'failed',
    ...(result.status === 'finished' ? {} : { error: result.error ?? `The run ended ${result.status}.` }),
    finishedAt: result.updatedAt,
    device: result.device,
    parameters: result.parameters,
    ...(result.memoryBytes === undefined ? {} : { memoryBytes: result.memoryBytes }),
    steps: result.step,
    trainSeconds: tenths(sumOf(timings.map((timing) => timing.trainSeconds))),
    evaluationSeconds: tenths(sumOf(timings.map((timing) => timing.evaluationSeconds))),
    stepSeconds: steps.length === 0 ? 0 : Number(mean(steps).toPrecision(3)),
    cost: cost ?? { trainedTokens: 0, gradientTokens: 0, forwardTokens: 0, setBytes: 0 },
    ...(cell.kind === 'trial' && result.status === 'finished' ? validationOf(result) : { validation: null }),
    metrics: {
      averageAccuracy: metrics.averageAccuracy,
      backwardTransfer: metrics.backwardTransfer,
      forgetting: metrics.forgetting,
      watched: metrics.watched,
      forwardTransfer: metrics.forwardTransfer ?? null,
      retention: metrics.retention ?? null,
    },
    matrix:
      cell.kind === 'trial'
        ? []
        : matrix.map((row) => ({
            stage: row.stage,
            scores: row.scores.map(({ task, score, loss, outcomes }) => ({
              task,
              score,
              loss,
              ...(row === last && outcomes ? { outcomes: withoutAnswers(outcomes) } : {}),
            })),
          })),
  };
}

/** The words of the answers take most room, and no comparison reads them. */
function withoutAnswers({ right, points, nats }: Outcomes): Omit<Outcomes, 'answers'> {
  return { right, ...(points === undefined ? {} : { points }), ...(nats === undefined ? {} : { nats }) };
}

/** A cell that came to no run at all. */
export function failedCell(cell: Cell, error: string, date: string): CellResult {
  return {
    ...describedCell(cell),
    status: 'failed',
    error,
    finishedAt: date,
    device: null,
    parameters: 0,
    steps: 0,
    trainSeconds: 0,
    evaluationSeconds: 0,
    stepSeconds: 0,
    cost: { trainedTokens: 0, gradientTokens: 0, forwardTokens: 0, setBytes: 0 },
    validation: null,
    metrics: { averageAccuracy: null, backwardTransfer: null, forgetting: null, watched: [] },
    matrix: [],
  };
}
