/** Tells one set of weights from another while they pass by. */
import { hash } from '../engine/random';
import type { NamedTensor } from '../models/types';

/** A word that depends on every bit of every tensor and on their names, but not on their order. */
export class Fingerprint {
  private sum = 0;

  /** The same tensors, each taken note of. */
  async *of(tensors: AsyncIterable<NamedTensor>): AsyncGenerator<NamedTensor, void, undefined> {
    for await (const tensor of tensors) {
      this.sum = (this.sum + wordOf(tensor)) >>> 0;
      yield tensor;
    }
  }

  get text(): string {
    return this.sum.toString(16).padStart(8, '0');
  }
}

function wordOf({ name, data }: NamedTensor): number {
  let word = 0;
  for (let i = 0; i < name.length; i++) word = hash(word ^ name.charCodeAt(i));
  // FNV-1a over words: quick, and any change of one shows.
  for (const bits of new Uint32Array(data.buffer, data.byteOffset, data.length))
    word = Math.imul(word ^ bits, 16777619);
  return hash(word >>> 0);
}
