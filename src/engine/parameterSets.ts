/** Parameter sets on the device, and the sums over them that methods of continual learning are made of. */
import { combine, rescale } from './ops/combine/combine';
import { dot, dotPartials, projection } from './ops/dot/dot';
import { addSquares, penaltyGrad } from './ops/importance/importance';
import type { Trained } from './optim/optimizer';
import { Parameters } from './parameters';
import type { LoadedProgram } from './program/executor';
import { ProgramBuilder, type View } from './program/program';
import type { T5Model } from './t5/model';
import type { NamedTensor, ParameterSet, ParameterSets } from './types';

/** A set on the device: one range for each range of the weights that trains. */
export class DeviceSet implements ParameterSet {
  gone = false;

  constructor(
    /** Names the set among all that there are; no two have the same. */
    readonly id: string,
    readonly parameters: Parameters,
    readonly views: readonly View[],
    /** Of the tensors that train. */
    private readonly shapes: ReadonlyMap<string, number[]>,
    private readonly owner: { queue(work: () => Promise<void>): void; release(set: DeviceSet): void },
  ) {}

  get size(): number {
    return [...this.shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  }

  get bytes(): number {
    return 4 * this.views.reduce((sum, view) => sum + view.length, 0);
  }

  async *tensors(): AsyncGenerator<NamedTensor> {
    await new Promise<void>((resolve) => {
      this.owner.queue(() => {
        resolve();
        return Promise.resolve();
      });
    });
    for (const [name, shape] of this.shapes)
      yield { name, shape: shape.slice(), data: await this.parameters.read(name) };
  }

  load(tensors: Iterable<NamedTensor>): void {
    const kept = [...tensors];
    const missing = new Map(this.shapes);
    for (const { name, shape } of kept) {
      const expected = missing.get(name);
      if (!expected) throw new Error(`${this.id} has no tensor ${name}, or it came twice`);
      if (expected.join() !== shape.join())
        throw new Error(`${name} is [${shape.join()}] where ${this.id} has [${expected.join()}]`);
      missing.delete(name);
    }
    const [first] = missing.keys();
    if (first !== undefined) throw new Error(`${first} of ${this.id} is missing`);
    this.owner.queue(async () => {
      for (const { name, data } of kept) await this.parameters.assign(name, data);
    });
  }

  /** Work on it, in turn with what is asked of it otherwise; when it fails, the next step says so. */
  queue(work: () => Promise<void>): void {
    this.owner.queue(work);
  }

  dispose(): void {
    this.owner.release(this);
  }
}

interface Loaded {
  loaded: LoadedProgram;
  factors: View;
}

/** How many sets have been made, so that names are never used twice. */
let made = 0;

/**
 * The sets of one model. Each operation is a program over all arenas, made the first time that it meets its sets;
 * its factors are written before a run. Work that fails is told of by the next step: `check` throws it.
 */
export class DeviceSets implements ParameterSets {
  readonly weights: DeviceSet;
  readonly #programs = new Map<string, Promise<Loaded>>();
  readonly #sets = new Set<DeviceSet>();
  #failure: Error | undefined;

  constructor(
    readonly model: T5Model,
    readonly trained: Omit<Trained, 'gradients'> & { layout: Parameters['layout'] },
  ) {
    const { weights, runs } = trained;
    const live = runs.map(({ arena, offset, length }) => ({
      buffer: weights.buffers[arena]!,
      offset,
      length,
    }));
    this.weights = this.#wrap('weights', weights, live);
  }

  /** Throws what went wrong in the work that was asked for, once. */
  check(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
  }

  create(name: string): DeviceSet {
    const parameters = new Parameters(this.model.executor, this.trained.layout, name);
    const set = this.over(name, parameters);
    this.#sets.add(set);
    return set;
  }

  /** A set over buffers that have an owner, laid out as `trained.layout` says. */
  over(name: string, parameters: Parameters): DeviceSet {
    const views = this.trained.runs.map(({ partArena, partOffset, length }) => ({
      buffer: parameters.buffers[partArena]!,
      offset: partOffset,
      length,
    }));
    return this.#wrap(name, parameters, views);
  }

  #wrap(name: string, parameters: Parameters, views: View[]): DeviceSet {
    const shapes = new Map(this.trained.layout.tensors.map((t) => [t.name, t.shape]));
    const owner = {
      queue: (work: () => Promise<void>) => this.#queue(work),
      release: (set: DeviceSet) => this.#release(set),
    };
    return new DeviceSet(`${name.replaceAll(' ', '-')}#${++made}`, parameters, views, shapes, owner);
  }

  copy(from: ParameterSet, to: ParameterSet): void {
    if (from !== to) this.#combine(from, to, 1, 0);
  }

  scale(x: ParameterSet, a: number): void {
    this.#run('scale', [x], [a, 0], (p, [y], factors) => {
      each([y], ([view]) => rescale(p, { y: view, factors }, view.length));
    });
  }

  axpy(a: number, x: ParameterSet, y: ParameterSet, b = 1): void {
    if (x === y) this.scale(y, a + b);
    else this.#combine(x, y, a, b);
  }

  interpolate(a: ParameterSet, b: ParameterSet, t: number, out: ParameterSet): void {
    if (t === 0 || a === b) this.copy(a, out);
    else if (t === 1) this.copy(b, out);
    else if (out === b) this.#combine(a, out, 1 - t, t);
    else {
      this.copy(a, out);
      this.#combine(b, out, t, 1 - t);
    }
  }

  ema(average: ParameterSet, x: ParameterSet, decay: number): void {
    this.interpolate(x, average, decay, average);
  }

  addSquares(f: ParameterSet, g: ParameterSet, weight: number, keep = 1): void {
    this.#run('squares', [f, g], [weight, keep], (p, views, factors) => {
      each(views, ([to, from]) => addSquares(p, { f: to, g: from, factors }, to.length));
    });
  }

  addPenalty(
    g: ParameterSet,
    strength: number,
    x: ParameterSet,
    centre: ParameterSet,
    importance?: ParameterSet,
  ): void {
    if (strength === 0) return;
    const sets = [g, x, centre, ...(importance ? [importance] : [])];
    this.#run('penalty', sets, [strength, 0], (p, views, factors) => {
      each(views, ([to, at, middle, weighing]) =>
        penaltyGrad(p, { g: to, x: at, centre: middle, importance: weighing, factors }, to.length),
      );
    });
  }

  project(g: ParameterSet, r: ParameterSet): void {
    this.#run('project', [g, r], [0, 0], (p, [gs, rs]) => {
      const count = dotPartials(gs.map((view) => view.length));
      const products = p.scratch('products', 2 * count);
      const factors = p.scratch('projection', 2);
      dot(p, gs, rs, products);
      dot(p, rs, rs, products, count);
      projection(p, { products, factors }, count);
      each([gs, rs], ([y, x]) => combine(p, { x, y, factors }, y.length));
    });
  }

  async dot(x: ParameterSet, y: ParameterSet): Promise<number> {
    const [xs, ys] = [this.#own(x), this.#own(y)];
    const { executor } = this.model;
    const count = dotPartials(xs.views.map((view) => view.length));
    const { reading } = await this.model.enqueue(async () => {
      const p = new ProgramBuilder('dot');
      const partials = p.output('partials', count);
      dot(p, xs.views, ys.views, partials);
      const loaded = await executor.load(p.build());
      executor.run(loaded);
      const reading = executor.read(partials, loaded);
      return { reading: reading.finally(() => executor.unload(loaded)) };
    });
    return (await reading).reduce((sum, part) => sum + part, 0);
  }

  squaredNorm(x: ParameterSet): Promise<number> {
    return this.dot(x, x);
  }

  /** Unloads the programs over a set whose buffers are about to go. */
  forget(set: DeviceSet): Promise<void> {
    return this.#unload((key) => key.split(' ').includes(set.id));
  }

  /** Frees every set and program, after the work that has been asked for. */
  dispose(): void {
    for (const set of this.#sets) set.dispose();
    this.#queue(() => this.#unload(() => true));
  }

  #combine(x: ParameterSet, y: ParameterSet, a: number, b: number): void {
    this.#run('combine', [x, y], [a, b], (p, views, factors) => {
      each(views, ([from, to]) => combine(p, { x: from, y: to, factors }, to.length));
    });
  }

  #run(
    name: string,
    sets: readonly ParameterSet[],
    values: readonly [number, number],
    emit: (p: ProgramBuilder, views: Checked<readonly View[]>, factors: View) => void,
  ): void {
    const own = sets.map((set) => this.#own(set));
    const key = [name, ...own.map((set) => set.id)].join(' ');
    this.#queue(async () => {
      const { executor } = this.model;
      let program = this.#programs.get(key);
      if (!program) {
        const p = new ProgramBuilder(key);
        const factors = p.input('factors', 2);
        emit(p, own.map((set) => set.views) as unknown as Checked<readonly View[]>, factors);
        program = executor.load(p.build()).then((loaded) => ({ loaded, factors }));
        this.#programs.set(key, program);
        program.catch(() => this.#programs.delete(key));
      }
      const { loaded, factors } = await program;
      executor.write(factors, Float32Array.from(values), loaded);
      executor.run(loaded);
    });
  }

  #own(set: ParameterSet): DeviceSet {
    if (!(set instanceof DeviceSet)) throw new Error('a parameter set of another learner');
    if (set.gone) throw new Error(`${set.id} has been disposed of`);
    return set;
  }

  #queue(work: () => Promise<void>): void {
    this.model.enqueue(work).catch((error: unknown) => {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    });
  }

  #release(set: DeviceSet): void {
    // The weights and the gradients belong to others.
    if (!this.#sets.delete(set)) return;
    set.gone = true;
    this.#queue(async () => {
      await this.forget(set);
      await this.model.releaseTraining(set.id);
      set.parameters.dispose();
    });
  }

  async #unload(which: (key: string) => boolean): Promise<void> {
    for (const [key, program] of this.#programs) {
      if (!which(key)) continue;
      this.#programs.delete(key);
      // What failed to load holds nothing.
      const done = await program.catch(() => undefined);
      if (done) this.model.executor.unload(done.loaded);
    }
  }
}

// The callers know how many sets they have asked for.
type Checked<T> = [T, T, T, T];

/** Range by range over sets that are laid out alike. */
function each(sets: readonly (readonly View[])[], body: (views: Checked<View>) => void): void {
  sets[0]!.forEach((_, i) => body(sets.map((views) => views[i]!) as Checked<View>));
}
