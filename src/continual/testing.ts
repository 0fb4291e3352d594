/**
 * A learner of a few numbers for tests of the plan runner: it learns a task by being trained on it, forgets it by
 * being trained on others, and is exactly repeatable. Nothing of it runs on a device.
 */
import type { Batch, NamedTensor, RowLosses } from '../engine/types';
import type { TaskParts } from '../data/task';
import { parseRunConfig, type RunConfig, type RunConfigInput } from '../run/config';
import type { FakeSet } from './fakeSets';
import { FakeSets } from './fakeSets';
import type { Contribution, Learner, LossReading, ParameterSet, StageSettings, TextCodec } from './learner';

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
  readonly vocabSize = NUMBERS;
  readonly sets = new FakeSets(WEIGHTS);
  /** How well each task is known. */
  readonly weights = this.sets.create('weights');
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
    this.sets.scale(this.weights, factor);
  }

  learningRate(index: number): number {
    return 0.1 * (1 - index / this.settings.steps);
  }

  step(batch: Batch): LossReading {
    return this.stepOf([{ batch }]);
  }

  stepOf(contributions: readonly Contribution[], adjust?: (gradients: ParameterSet) => void): LossReading {
    const rate = this.learningRate(this.stepsDone);
    const { loss, gradients } = this.gradientsOf(contributions);
    adjust?.(gradients);
    const weights = this.weights.data;
    for (let i = 0; i < WEIGHTS; i++) {
      this.momentum[i] = 0.66 * (this.momentum[i] ?? 0) - (gradients.data[i] ?? 0);
      weights[i] = Math.max(0, (weights[i] ?? 0) + rate * (this.momentum[i] ?? 0));
    }
    const value = this.stepsDone === this.diverges ? NaN : loss;
    this.stepsDone++;
    return this.reading(value);
  }

  gradient(contributions: readonly Contribution[], use: (gradients: ParameterSet) => void): LossReading {
    const { loss, gradients } = this.gradientsOf(contributions);
    use(gradients);
    return this.reading(loss);
  }

  /** Each row pulls its task's weight up and the others down. */
  private gradientsOf(contributions: readonly Contribution[]): { loss: number; gradients: FakeSet } {
    const gradients = this.sets.create('gradients');
    let total = 0;
    for (const { batch, weight = 1, match } of contributions) {
      if (match && match.weight !== 0) throw new Error('this learner has no logits');
      for (let row = 0; row < batch.rows; row++) {
        const task = (batch.source[row * batch.sourceLength] ?? 0) - NUMBERS;
        const number = (batch.source[row * batch.sourceLength + 1] ?? 0) - NUMBERS;
        const loss = 1 / (1 + Math.abs(this.weights.data[task] ?? 0)) + (number % 7) * 1e-3;
        total += (weight * loss) / batch.rows;
        gradients.data.forEach((before, i) => {
          const pull = (i === task ? 1 : -0.4) * (1 + (number % 3) * 0.1) + (this.settings.seed % 11) * 1e-3;
          gradients.data[i] = before - (weight * pull) / batch.rows;
        });
      }
    }
    return { loss: total, gradients };
  }

  private reading(value: number): LossReading {
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

  logits(): Promise<Uint16Array>[] {
    throw new Error('this learner has no logits');
  }

  rowLosses(batch: Batch): Promise<RowLosses> {
    const nats = new Float32Array(batch.rows);
    const tokens = new Int32Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      const task = (batch.source[row * batch.sourceLength] ?? 0) - NUMBERS;
      tokens[row] = batch.labels
        .subarray(row * batch.targetLength, (row + 1) * batch.targetLength)
        .filter((label) => label !== -100).length;
      nats[row] = (tokens[row] ?? 0) / (1 + (this.weights.data[task] ?? 0));
    }
    return Promise.resolve({ nats, tokens });
  }

  /** Right where the task is known well enough for the row, else the first word; rows ask for more or less. */
  generate(sources: number[][]): Promise<number[][]> {
    const answer = ([task = 0, row = 0]: number[]): number[] => {
      const known = this.weights.data[task - NUMBERS] ?? 0;
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
