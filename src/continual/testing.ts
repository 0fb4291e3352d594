/**
 * A learner of a few numbers for tests of the plan runner: it learns a task by being trained on it, forgets it by
 * being trained on others, and is exactly repeatable. Nothing of it runs on a device.
 */
import type { Batch, NamedTensor, RowLosses } from '../engine/types';
import type { TaskParts } from '../data/task';
import { parseRunConfig, type RunConfig, type RunConfigInput } from '../run/config';
import type { Learner, LossReading, StageSettings, TextCodec } from './learner';

const WORDS = ['</s>', 'yes', 'no', 'red', 'blue', 'green', 'north', 'south'];
/** The first id of a number; ids below are words. */
const NUMBERS = 100;

/** Words of the list and numbers, parted by blanks. */
export const fakeCodec: TextCodec = {
  encode: (text) => [
    ...text
      .split(' ')
      .filter(Boolean)
      .map((word) => {
        const known = WORDS.indexOf(word);
        return known > 0 ? known + 1 : NUMBERS + Number(word);
      }),
    1,
  ],
  decode: (ids) => ids.map((id) => (id < NUMBERS ? (WORDS[id - 1] ?? '?') : String(id - NUMBERS))).join(' '),
};

/** What a row asks: `<task number> <row number>`; its answer follows from both. */
export function fakeParts(
  task: number,
  answers: string[],
  rows: { train: number; scored: number },
): TaskParts {
  const make = (from: number, count: number): TaskParts['train'] =>
    Array.from({ length: count }, (_, i) => ({
      input: `${task} ${from + i}`,
      target: answers[(from + i) % answers.length] ?? '',
    }));
  return { train: make(0, rows.train), validation: make(1000, rows.scored), test: make(2000, rows.scored) };
}

const WEIGHTS = 8;

export class FakeLearner implements Learner {
  readonly parameterCount = WEIGHTS;
  /** How well each task is known. */
  weights = new Float32Array(WEIGHTS);
  momentum = new Float32Array(WEIGHTS);
  stepsDone = 0;
  unread = 0;
  private settings: StageSettings = { steps: 1, seed: 0 };

  /** @param diverges the step of a stage whose loss is NaN */
  constructor(private readonly diverges = -1) {}

  beginStage(settings: StageSettings): void {
    this.settings = settings;
    this.momentum = new Float32Array(WEIGHTS);
    this.stepsDone = 0;
  }

  scale(factor: number): void {
    this.weights = this.weights.map((weight) => weight * factor);
  }

  learningRate(index: number): number {
    return 0.1 * (1 - index / this.settings.steps);
  }

  step(batch: Batch): LossReading {
    const rate = this.learningRate(this.stepsDone);
    let loss = 0;
    for (let row = 0; row < batch.rows; row++) {
      const task = (batch.source[row * batch.sourceLength] ?? 0) - NUMBERS;
      const number = (batch.source[row * batch.sourceLength + 1] ?? 0) - NUMBERS;
      loss += 1 / (1 + Math.abs(this.weights[task] ?? 0)) + (number % 7) * 1e-3;
      for (let i = 0; i < WEIGHTS; i++) {
        const pull = (i === task ? 1 : -0.4) * (1 + (number % 3) * 0.1) + (this.settings.seed % 11) * 1e-3;
        this.momentum[i] = 0.9 * (this.momentum[i] ?? 0) + pull / batch.rows;
      }
    }
    for (let i = 0; i < WEIGHTS; i++) {
      this.weights[i] = Math.max(0, (this.weights[i] ?? 0) + rate * (this.momentum[i] ?? 0));
    }
    const value = this.stepsDone === this.diverges ? NaN : loss / batch.rows;
    this.stepsDone++;
    this.unread++;
    const read = (): void => {
      this.unread--;
    };
    return {
      value: () => {
        read();
        return Promise.resolve(value);
      },
      discard: read,
    };
  }

  rowLosses(batch: Batch): Promise<RowLosses> {
    const nats = new Float32Array(batch.rows);
    const tokens = new Int32Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      const task = (batch.source[row * batch.sourceLength] ?? 0) - NUMBERS;
      tokens[row] = batch.labels
        .subarray(row * batch.targetLength, (row + 1) * batch.targetLength)
        .filter((label) => label !== -100).length;
      nats[row] = (tokens[row] ?? 0) / (1 + (this.weights[task] ?? 0));
    }
    return Promise.resolve({ nats, tokens });
  }

  /** Right where the task is known well enough for the row, else the first word; rows ask for more or less. */
  generate(sources: number[][]): Promise<number[][]> {
    const answer = ([task = 0, row = 0]: number[]): number[] => {
      const known = this.weights[task - NUMBERS] ?? 0;
      const hardness = ((row - NUMBERS) % 10) / 5;
      return known > hardness ? fakeCodec.encode(fakeAnswers[(row - NUMBERS) % 2] ?? '').slice(0, -1) : [];
    };
    return Promise.resolve(sources.map(answer));
  }

  async *optimizerState(): AsyncGenerator<NamedTensor> {
    yield await Promise.resolve({ name: 'momentum', shape: [WEIGHTS], data: this.momentum.slice() });
  }

  restoreOptimizer(tensors: Iterable<NamedTensor>, stepsDone: number): void {
    const [momentum] = tensors;
    if (momentum?.name !== 'momentum') throw new Error('the state of the optimiser is missing');
    this.momentum = momentum.data.slice();
    this.stepsDone = stepsDone;
  }
}

/** The answers that every fake task has. */
export const fakeAnswers = ['yes', 'no'];

/** Two stages and a watched task. */
export function fakeConfig(changes: Partial<RunConfigInput> = {}): RunConfig {
  const task = (id: string, metric: 'exact-match' | 'loss' = 'exact-match') => ({
    id,
    name: id.toUpperCase(),
    metric,
    data: { kind: 'sample' as const, name: id },
  });
  const parsed = parseRunConfig({
    version: 1,
    model: { source: 'bundled', name: 'fake' },
    tasks: [task('a'), task('b'), task('w')],
    plan: {
      stages: [
        { task: 'a', steps: 13 },
        { task: 'b', epochs: 1.5 },
      ],
      watched: ['w'],
    },
    optimizer: { name: 'adamw', learningRate: 0.1 },
    batchSize: 4,
    evaluation: { everySteps: 5, examples: 12, testExamples: 20, batchSize: 8, samples: 2 },
    seed: 3,
    ...changes,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}
