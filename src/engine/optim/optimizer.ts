/** An optimiser on the device: its state and the program that takes one step from gradients to weights. */
import { adafactor, adafactorTable } from '../ops/adafactor/adafactor';
import { adamw } from '../ops/adamw/adamw';
import { clipFactor, fill } from '../ops/vector/vector';
import type { Executor, LoadedProgram } from '../program/executor';
import { ProgramBuilder, whole, type Program, type View } from '../program/program';
import { scalars as slots } from '../program/scalars';
import { Parameters } from '../parameters';
import type { T5Model } from '../t5/model';
import type { AdafactorSettings, AdamWSettings, NamedTensor, OptimizerSettings } from '../types';
import type { Run } from '../t5/layout';
import { learningRateFactor } from './schedules';

/** The state of an optimiser, and the program over it. */
interface Parts {
  program: Program;
  /** Sets that are laid out like the weights, and flat states, by the name they have in a checkpoint. */
  sets: Map<string, Parameters>;
  flat: Map<string, View>;
  /** Constant inputs to write once. */
  constants: { view: View; data: Uint32Array }[];
  norm: View;
}

/** What an optimiser moves, and the gradients that it moves it by, which hold just that. */
export interface Trained {
  weights: Parameters;
  runs: readonly Run[];
  gradients: Parameters;
}

function rangeOf(set: Parameters, arena: number, offset: number, length: number): View {
  const buffer = set.buffers[arena];
  if (!buffer) throw new Error(`no arena ${arena}`);
  return { buffer, offset, length };
}

const weightsOf = (trained: Trained, r: Run): View => rangeOf(trained.weights, r.arena, r.offset, r.length);
const packedOf = (set: Parameters, r: Run): View => rangeOf(set, r.partArena, r.partOffset, r.length);

function adamwParts(model: T5Model, trained: Trained, s: AdamWSettings): Parts {
  const p = new ProgramBuilder('adamw');
  const norm = p.output('norm', slots.length);
  const { gradients } = trained;
  const [m, v] = ['m', 'v'].map((name) => new Parameters(model.executor, gradients.layout, name)) as [
    Parameters,
    Parameters,
  ];
  const { beta1, beta2, epsilon, weightDecay } = s;
  clipFactor(p, gradients.views(), model.scalars, norm);
  for (const run of trained.runs) {
    adamw(
      p,
      {
        weights: weightsOf(trained, run),
        gradients: packedOf(gradients, run),
        m: packedOf(m, run),
        v: packedOf(v, run),
        scalars: model.scalars,
        clip: norm,
      },
      { length: run.length, beta1, beta2, epsilon, weightDecay },
    );
  }
  const sets = new Map([
    ['exp_avg', m],
    ['exp_avg_sq', v],
  ]);
  return { program: p.build(), sets, flat: new Map(), constants: [], norm };
}

function adafactorParts(model: T5Model, trained: Trained, s: AdafactorSettings): Parts {
  const p = new ProgramBuilder('adafactor');
  const norm = p.output('norm', slots.length);
  const flat = new Map<string, View>();
  const constants: Parts['constants'] = [];
  const { weights, gradients } = trained;
  clipFactor(p, gradients.views(), model.scalars, norm);
  trained.runs.forEach((run, i) => {
    const g = packedOf(gradients, run);
    const within = weights.layout.tensors.filter(
      (t) => t.arena === run.arena && t.offset >= run.offset && t.offset < run.offset + run.length,
    );
    const table = adafactorTable(within.map(({ offset, shape }) => ({ offset: offset - run.offset, shape })));
    const tableView = p.input(`table${i}`, table.data.length, 'u32');
    const state = whole({ name: `factors${i}`, kind: 'arena', dtype: 'f32', length: table.state });
    constants.push({ view: tableView, data: table.data });
    flat.set(`factors.${i}`, state);
    adafactor(
      p,
      {
        weights: weightsOf(trained, run),
        gradients: g,
        clip: norm,
        table: tableView,
        state,
        scalars: model.scalars,
      },
      table,
      { clipThreshold: s.clipThreshold, weightDecay: s.weightDecay },
    );
    fill(p, g, g.length, 0);
  });
  return { program: p.build(), sets: new Map(), flat, constants, norm };
}

export class Optimizer {
  readonly #executor: Executor;
  readonly #parts: Parts;
  #loaded: LoadedProgram | undefined;

  constructor(
    readonly model: T5Model,
    trained: Trained,
    readonly settings: OptimizerSettings,
    readonly totalSteps: number,
  ) {
    this.#executor = model.executor;
    this.#parts =
      settings.name === 'adamw'
        ? adamwParts(model, trained, settings)
        : adafactorParts(model, trained, settings);
    for (const { buffer } of this.#parts.flat.values()) this.#executor.allocate(buffer);
  }

  async load(): Promise<void> {
    this.#loaded = await this.#executor.load(this.#parts.program);
    for (const { view, data } of this.#parts.constants) this.#executor.write(view, data, this.#loaded);
  }

  learningRate(step: number): number {
    const { learningRate, schedule } = this.settings;
    return learningRate * learningRateFactor(schedule, step, this.totalSteps);
  }

  /** Numbers that this step's programs read; `step` counts from 0. */
  setScalars(step: number): void {
    const { settings: s, model } = this;
    const t = step + 1;
    model.setScalar(slots.learningRate, this.learningRate(step));
    model.setScalar(slots.maxNorm, s.clipNorm);
    if (s.name === 'adamw') {
      model.setScalar(slots.biasCorrection1, 1 - s.beta1 ** t);
      model.setScalar(slots.biasCorrection2, 1 - s.beta2 ** t);
    } else model.setScalar(slots.decay, 1 - t ** s.decayRate);
  }

  /** Moves the weights and clears the gradients. */
  update(): void {
    if (!this.#loaded) throw new Error('the optimiser is not loaded');
    this.#executor.run(this.#loaded);
  }

  /** Every tensor of the state with its shape. */
  get stateShapes(): Map<string, number[]> {
    const shapes = new Map<string, number[]>();
    for (const [kind, set] of this.#parts.sets)
      for (const name of set.names) shapes.set(`${name}.${kind}`, set.shape(name));
    for (const [name, view] of this.#parts.flat) shapes.set(name, [view.length]);
    return shapes;
  }

  /** Moments as `<weight>.exp_avg` and `<weight>.exp_avg_sq`; Adafactor's flat factors as `factors.<number>`. */
  async *state(): AsyncGenerator<NamedTensor> {
    for (const [kind, set] of this.#parts.sets)
      for await (const tensor of set.tensors()) yield { ...tensor, name: `${tensor.name}.${kind}` };
    for (const [name, view] of this.#parts.flat)
      yield { name, shape: [view.length], data: await this.#executor.read(view) };
  }

  /**
   * Puts a state back.
   * @param tensors each of `stateShapes`, once
   */
  async restore(tensors: Iterable<NamedTensor>): Promise<void> {
    for (const { name, data } of tensors) {
      const flat = this.#parts.flat.get(name);
      const dot = name.lastIndexOf('.');
      if (flat) this.#executor.write(flat, data);
      else await this.#parts.sets.get(name.slice(dot + 1))?.assign(name.slice(0, dot), data);
    }
  }

  dispose(): void {
    if (this.#loaded) this.#executor.unload(this.#loaded);
    for (const set of this.#parts.sets.values()) set.dispose();
    for (const { buffer } of this.#parts.flat.values()) this.#executor.free(buffer);
  }
}
