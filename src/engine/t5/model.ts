import { Parameters } from '../parameters';
import type { NamedTensor, T5Config } from '../types';
import { canonicalName, HEAD, parameterShapes, SHARED } from './names';

/** A T5 on the device: its settings and its parameters. */
export class T5Model {
  readonly config: T5Config;
  readonly parameters: Parameters;

  private constructor(config: T5Config, parameters: Parameters) {
    this.config = config;
    this.parameters = parameters;
  }

  /**
   * Loads a model tensor by tensor, so that the host never holds more than one of them. The vocabulary's size
   * is the stored embedding's, whatever the config says. The head is `lm_head.weight` where one of its own is
   * stored, else the shared embedding.
   * @param config as `parseT5Config` reads it
   * @param tensors stored tensors in any order, under the names of Hugging Face
   * @throws Error that names the tensor that is missing, unknown, or of another shape
   */
  static async load(config: T5Config, tensors: AsyncIterable<NamedTensor>): Promise<T5Model> {
    const parameters = new Parameters();
    try {
      const vocabSize = await fill(parameters, config, tensors);
      const tieWordEmbeddings = !(await hasOwnHead(parameters, config));
      const actual = { ...config, vocabSize, tieWordEmbeddings };
      const expected = [...parameterShapes(actual).keys()];
      const missing = expected.filter((name) => !parameters.has(name));
      if (missing.length > 0)
        throw new Error(`the model's files lack ${listed(missing)}, which its config.json calls for`);
      parameters.reorder(expected);
      return new T5Model(actual, parameters);
    } catch (error) {
      parameters.dispose();
      throw error;
    }
  }

  /** Numbers in all parameters together; a tied head counts once. */
  get parameterCount(): number {
    return this.parameters.size;
  }

  /** Every parameter as a host copy, one at a time, under the names of Hugging Face. */
  async *tensors(): AsyncGenerator<NamedTensor> {
    for (const name of this.parameters.names) {
      const data = await this.parameters.read(name);
      yield { name, shape: this.parameters.shape(name).slice(), data };
    }
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

/** Copies stored tensors to the device; returns the vocabulary's size. */
async function fill(
  parameters: Parameters,
  config: T5Config,
  tensors: AsyncIterable<NamedTensor>,
): Promise<number> {
  const expected = parameterShapes({ ...config, tieWordEmbeddings: false });
  for await (const { name: stored, shape, data } of tensors) {
    const name = canonicalName(stored);
    // A tensor that is shared may be stored under several of its names.
    if (name === null || (name === SHARED && parameters.has(SHARED))) continue;
    const wanted = expected.get(name);
    if (wanted === undefined) throw new Error(`unknown tensor ${stored}: is this a T5 of another kind?`);
    // The rows of both vocabulary tables are taken as stored.
    const fits =
      shape.length === wanted.length &&
      shape.every((size, axis) => size === wanted[axis] || (isTable(name) && axis === 0));
    if (!fits)
      throw new Error(
        `${stored} is [${shape.join(', ')}] where config.json calls for [${wanted.join(', ')}]`,
      );
    parameters.add(name, shape, data);
  }
  if (!parameters.has(SHARED)) throw new Error(`the model's files lack ${SHARED}`);
  const vocabSize = parameters.shape(SHARED)[0]!;
  if (parameters.has(HEAD) && parameters.shape(HEAD)[0] !== vocabSize)
    throw new Error(
      `${HEAD} has ${parameters.shape(HEAD)[0] ?? 0} rows where the embedding has ${vocabSize}`,
    );
  return vocabSize;
}

const isTable = (name: string): boolean => name === SHARED || name === HEAD;

/** Whether a head of its own is stored; in a tied model a copy of the embedding is none, and is let go. */
async function hasOwnHead(parameters: Parameters, config: T5Config): Promise<boolean> {
  if (!parameters.has(HEAD)) return false;
  if (!config.tieWordEmbeddings) return true;
  const head = await parameters.read(HEAD);
  const embedding = await parameters.read(SHARED);
  if (head.some((value, i) => value !== embedding[i])) return true;
  parameters.remove(HEAD);
  return false;
}

const listed = (names: string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
