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

async function stream(url: string, path: string): Promise<AsyncIterable<Uint8Array>> {
  const content = await urlFolder(url).open(path);
  if (!content) throw new Error(`${url} has no ${path}`);
  return content;
}

/** The text of a file of a fixture. */
export async function openFile(url: string, path: string): Promise<string> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of await stream(url, path)) pieces.push(piece.slice());
  return new Blob(pieces).text();
}

/** Tensors of a file whose names begin so, without that beginning. */
export async function openTensors(
  url: string,
  path: string,
): Promise<(prefix: string) => Map<string, Float32Array>> {
  const tensors = new Map<string, Float32Array>();
  for await (const { name, data } of readSafetensors(await stream(url, path), path)) tensors.set(name, data);
  return (prefix) => {
    const found = [...tensors].filter(([name]) => name.startsWith(prefix));
    return new Map(found.map(([name, data]) => [name.slice(prefix.length), data]));
  };
}

export async function openFixture(url: string): Promise<Fixture> {
  const cases = JSON.parse(await openFile(url, 'cases.json')) as Cases;
  if ((cases as { version: number }).version !== 1)
    throw new Error(`${url}: cases.json is of another version`);
  return { cases, under: await openTensors(url, 'cases.safetensors') };
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
