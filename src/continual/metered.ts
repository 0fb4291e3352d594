/** A learner that counts what is asked of it, for comparing methods at an equal budget. */
import type { Batch, GenerationSettings, NamedTensor, RowLosses } from '../engine/types';
import type { Cost } from '../run/result';
import type {
  AdapterLearning,
  Answering,
  Contribution,
  Learner,
  LossReading,
  ParameterSet,
  ParameterSets,
  StageSettings,
} from './learner';

/** Tokens of prompts and answers, padding left out. */
function tokensOf(batch: Batch): number {
  let tokens = 0;
  for (const mask of batch.sourceMask) tokens += mask;
  for (const label of batch.labels) if (label >= 0) tokens++;
  return tokens;
}

const counts = ({ weight = 1, match }: Contribution): boolean => weight !== 0 || (match?.weight ?? 0) !== 0;

/** True where a copy of the weights is run to be learnt from. */
const hasTeacher = ({ match }: Contribution): boolean =>
  match?.kind === 'distillation' && match.weight !== 0 && !Array.isArray(match.teacher);

const sum = (contributions: readonly Contribution[], which: (c: Contribution) => boolean): number =>
  contributions.filter(which).reduce((total, c) => total + tokensOf(c.batch), 0);

/**
 * The same learner, its steps, gradients, forward passes for a method and memory of sets added to `cost`. Scoring is
 * not counted: it is the same for all methods.
 */
export class MeteredLearner implements Learner {
  readonly sets: ParameterSets;
  private held = 0;

  constructor(
    private readonly learner: Learner,
    private readonly cost: Cost,
  ) {
    const { sets } = learner;
    this.sets = {
      create: (name) => {
        const set = sets.create(name);
        this.held += set.bytes;
        // A resumed run makes again what it had before.
        cost.setBytes = Math.max(cost.setBytes, this.held);
        return set;
      },
      copy: (from, to) => sets.copy(from, to),
      scale: (x, a) => sets.scale(x, a),
      axpy: (a, x, y, b) => sets.axpy(a, x, y, b),
      interpolate: (a, b, t, out) => sets.interpolate(a, b, t, out),
      ema: (average, x, decay) => sets.ema(average, x, decay),
      addSquares: (f, g, weight, keep) => sets.addSquares(f, g, weight, keep),
      addPenalty: (g, strength, x, centre, importance) => sets.addPenalty(g, strength, x, centre, importance),
      project: (g, r) => sets.project(g, r),
      dot: (x, y) => sets.dot(x, y),
      squaredNorm: (x) => sets.squaredNorm(x),
    };
  }

  get parameterCount(): number {
    return this.learner.parameterCount;
  }

  get vocabSize(): number {
    return this.learner.vocabSize;
  }

  get weights(): ParameterSet {
    return this.learner.weights;
  }

  get adapters(): AdapterLearning | undefined {
    return this.learner.adapters;
  }

  answering(task: string): Answering {
    return this.learner.answering?.(task) ?? this.learner;
  }

  beginStage(settings: StageSettings): void {
    const { learner, cost } = this;
    learner.beginStage(settings);
    cost.trainedParameters = learner.weights.size;
    if (learner.adapters) cost.adapterBytes = learner.adapters.bytes;
  }

  step(batch: Batch): LossReading {
    this.cost.trainedTokens += tokensOf(batch);
    return this.learner.step(batch);
  }

  stepOf(contributions: readonly Contribution[], adjust?: (gradients: ParameterSet) => void): LossReading {
    this.cost.trainedTokens += sum(contributions, counts);
    this.cost.forwardTokens += sum(contributions, hasTeacher);
    return this.learner.stepOf(contributions, adjust);
  }

  gradient(
    contributions: readonly Contribution[],
    use: (gradients: ParameterSet) => void,
    mode?: 'training' | 'evaluation',
  ): LossReading {
    this.cost.gradientTokens += sum(contributions, counts);
    return this.learner.gradient(contributions, use, mode);
  }

  logits(batch: Batch): Promise<Uint16Array>[] {
    this.cost.forwardTokens += tokensOf(batch);
    return this.learner.logits(batch);
  }

  learningRate(index: number): number {
    return this.learner.learningRate(index);
  }

  rowLosses(batch: Batch): Promise<RowLosses> {
    return this.learner.rowLosses(batch);
  }

  generate(sources: number[][], settings: GenerationSettings): Promise<number[][]> {
    return this.learner.generate(sources, settings);
  }

  optimizerState(): AsyncIterable<NamedTensor> {
    return this.learner.optimizerState();
  }

  restoreOptimizer(tensors: Iterable<NamedTensor>, stepsDone: number): void {
    this.learner.restoreOptimizer(tensors, stepsDone);
  }
}
