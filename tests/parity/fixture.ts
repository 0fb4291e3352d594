/** A folder that tools/parity/make_fixture.py wrote. */
import type { Batch, GenerationSettings, OptimizerSettings } from '../../src/engine/types';
import { urlFolder } from '../../src/models/folder';
import { readSafetensors } from '../../src/models/safetensors';

interface StoredBatch {
  rows: number;
  sourceLength: number;
  targetLength: number;
  source: number[];
  sourceMask: number[];
  labels: number[];
  loss: number;
}

export interface Cases {
  version: 1;
  madeWith: { transformers: string; torch: string };
  seed: number;
  batches: StoredBatch[];
  /** `batches` are the places in `batches` above of those that training takes in turn. */
  training: { optimizer: OptimizerSettings; batches: number[]; losses: number[] }[];
  generation: (GenerationSettings & { sources: number[][]; answers: number[][] })[];
  texts: { text: string; ids: number[]; decoded: string }[];
}

export interface Fixture {
  cases: Cases;
  /** Tensors of cases.safetensors whose names begin so, without that beginning. */
  under(prefix: string): Map<string, Float32Array>;
}

export async function openFixture(url: string): Promise<Fixture> {
  const folder = urlFolder(url);
  const json = await folder.open('cases.json');
  const values = await folder.open('cases.safetensors');
  if (!json || !values) throw new Error(`${url} has no cases.json and cases.safetensors`);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of json) pieces.push(piece.slice());
  const cases = JSON.parse(await new Blob(pieces).text()) as Cases;
  if ((cases as { version: number }).version !== 1)
    throw new Error(`${url}: cases.json is of another version`);
  const tensors = new Map<string, Float32Array>();
  for await (const { name, data } of readSafetensors(values, 'cases.safetensors')) tensors.set(name, data);
  return {
    cases,
    under(prefix) {
      const found = [...tensors].filter(([name]) => name.startsWith(prefix));
      return new Map(found.map(([name, data]) => [name.slice(prefix.length), data]));
    },
  };
}

export function toBatch({ rows, sourceLength, targetLength, ...stored }: StoredBatch): Batch {
  return {
    rows,
    sourceLength,
    targetLength,
    source: Int32Array.from(stored.source),
    sourceMask: Float32Array.from(stored.sourceMask),
    labels: Int32Array.from(stored.labels),
  };
}
