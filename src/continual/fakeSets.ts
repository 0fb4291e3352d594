/** Parameter sets of a few numbers on the host, for the learner of tests. */
import type { NamedTensor, ParameterSet, ParameterSets } from './learner';

export class FakeSet implements ParameterSet {
  constructor(
    readonly name: string,
    public data: Float32Array,
  ) {}

  get size(): number {
    return this.data.length;
  }

  get bytes(): number {
    return this.data.byteLength;
  }

  async *tensors(): AsyncGenerator<NamedTensor> {
    yield await Promise.resolve({ name: 'shared.weight', shape: [this.size], data: this.data.slice() });
  }

  load(tensors: Iterable<NamedTensor>): void {
    const [tensor, ...more] = tensors;
    if (tensor?.name !== 'shared.weight' || tensor.data.length !== this.size || more.length > 0)
      throw new Error(`${this.name} takes shared.weight [${this.size}] alone`);
    this.data = tensor.data.slice();
  }

  dispose(): void {
    this.data = new Float32Array(0);
  }
}

const numbers = (set: ParameterSet): Float32Array => {
  if (!(set instanceof FakeSet)) throw new Error('a parameter set of another learner');
  return set.data;
};

export class FakeSets implements ParameterSets {
  constructor(private readonly size: number) {}

  create(name: string): FakeSet {
    return new FakeSet(name, new Float32Array(this.size));
  }

  copy(from: ParameterSet, to: ParameterSet): void {
    numbers(to).set(numbers(from));
  }

  scale(x: ParameterSet, a: number): void {
    this.change(x, (value) => a * value);
  }

  axpy(a: number, x: ParameterSet, y: ParameterSet, b = 1): void {
    this.change(y, (value, i) => a * numbers(x)[i]! + b * value);
  }

  interpolate(a: ParameterSet, b: ParameterSet, t: number, out: ParameterSet): void {
    if (t === 0 || t === 1) this.copy(t === 0 ? a : b, out);
    else this.change(out, (_, i) => (1 - t) * numbers(a)[i]! + t * numbers(b)[i]!);
  }

  ema(average: ParameterSet, x: ParameterSet, decay: number): void {
    this.interpolate(x, average, decay, average);
  }

  addSquares(f: ParameterSet, g: ParameterSet, weight: number, keep = 1): void {
    this.change(f, (value, i) => keep * value + weight * numbers(g)[i]! ** 2);
  }

  addPenalty(
    g: ParameterSet,
    strength: number,
    x: ParameterSet,
    centre: ParameterSet,
    importance?: ParameterSet,
  ): void {
    if (strength === 0) return;
    const weigh = (i: number): number => (importance ? numbers(importance)[i]! : 1);
    this.change(g, (value, i) => value + strength * weigh(i) * (numbers(x)[i]! - numbers(centre)[i]!));
  }

  project(g: ParameterSet, r: ParameterSet): void {
    const along = this.product(g, r);
    if (along < 0) this.axpy(-along / this.product(r, r), r, g);
  }

  dot(x: ParameterSet, y: ParameterSet): Promise<number> {
    return Promise.resolve(this.product(x, y));
  }

  squaredNorm(x: ParameterSet): Promise<number> {
    return this.dot(x, x);
  }

  private product(x: ParameterSet, y: ParameterSet): number {
    return numbers(x).reduce((sum, value, i) => sum + value * numbers(y)[i]!, 0);
  }

  private change(set: ParameterSet, to: (value: number, i: number) => number): void {
    numbers(set).set(numbers(set).map(to));
  }
}
