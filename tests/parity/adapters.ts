/** Holds adapters to what make_adapter.py computed with PEFT, and writes those that we have trained. */
import type { Adapter } from '../../src/engine/adapters/adapter';
import { forward, lossAndGradients } from '../../src/engine/inspect';
import { generate } from '../../src/engine/t5/generate';
import type { T5Model } from '../../src/engine/t5/model';
import { Trainer } from '../../src/engine/trainer';
import type { GenerationSettings, NamedTensor, OptimizerSettings } from '../../src/engine/types';
import { urlFolder } from '../../src/models/folder';
import { adapterFiles, openAdapter } from '../../src/models/peft';
import { compareEqual, compareTrained, compareValues, type Check } from './compare';
import { openFile, openTensors, toBatch, type Fixture } from './fixture';

interface AdapterCases {
  loss: number;
  training: { optimizer: OptimizerSettings; losses: number[] };
  generation: GenerationSettings & { sources: number[][]; answers: number[][] };
}

/** What an adapter became, as files, and the logits that we compute with it. */
export interface TrainedAdapter {
  name: string;
  files: { path: string; bytes: Uint8Array<ArrayBuffer> }[];
  logits: Float32Array;
}

const one = (name: string, values: ArrayLike<number>) => new Map([[name, values]]);

async function copied(tensors: AsyncIterable<NamedTensor>): Promise<Map<string, Float32Array>> {
  const all = new Map<string, Float32Array>();
  for await (const { name, data } of tensors) all.set(name, data.slice());
  return all;
}

/** @param load the fixture's model anew */
export async function* checkAdapters(
  url: string,
  fixture: Fixture,
  load: () => Promise<T5Model>,
  trained: TrainedAdapter[],
): AsyncGenerator<Check, void, undefined> {
  const list = await urlFolder(url).open('adapters.json');
  if (!list) return;
  const names = JSON.parse(await openFile(url, 'adapters.json')) as string[];
  for (const name of names) yield* checkAdapter(`${url}adapters/${name}/`, name, fixture, load, trained);
}

async function* checkAdapter(
  url: string,
  name: string,
  fixture: Fixture,
  load: () => Promise<T5Model>,
  trained: TrainedAdapter[],
): AsyncGenerator<Check, void, undefined> {
  const model = await load();
  const cases = JSON.parse(await openFile(url, 'cases.json')) as AdapterCases;
  const under = await openTensors(url, 'cases.safetensors');
  const at = (quantity: string): string => `${name}: ${quantity}`;
  const batch = toBatch(fixture.cases.batches[0]!);
  const opened = await openAdapter(urlFolder(url));
  const adapter = await model.adapters.load(name, opened.settings, opened.tensors());
  const start = await copied(adapter.tensors());
  await model.adapters.attach(adapter);

  const logits = under('logits').get('')!;
  const { logits: attached } = await forward(model, batch);
  yield compareValues(at('logits'), one('logits', logits), one('logits', attached));
  const own = await lossAndGradients(model, batch, adapter);
  yield compareValues(at('loss'), one('loss', [cases.loss]), one('loss', [own.loss]));
  const gradients = under('gradient.');
  yield compareValues(at(`gradients of ${gradients.size} matrices`), gradients, own.gradients);
  const { sources, answers, ...search } = cases.generation;
  yield compareEqual(at('greedy'), answers, await generate(model, sources, search));

  await model.adapters.merge(adapter);
  const merged = under('merged.');
  const found = await copied(model.tensors());
  const changed = new Map([...found].filter(([tensor]) => merged.has(tensor)));
  yield compareValues(at(`${merged.size} merged weights`), merged, changed);
  const { logits: afterwards } = await forward(model, batch);
  yield compareValues(at('logits when merged'), one('logits', logits), one('logits', afterwards));
  await model.adapters.unmerge(adapter);
  await model.adapters.attach(adapter);
  const again = await forward(model, batch);
  yield compareEqual(at('logits when taken out again'), [0], [differing(attached, again.logits)]);

  const { optimizer, losses } = cases.training;
  const still = { totalSteps: losses.length, dropout: 0, seed: 0 };
  // The fixture computes without the adapter's own dropout.
  const quiet = await model.adapters.load('quiet', { ...opened.settings, dropout: 0 }, adapter.tensors());
  await model.adapters.remove(adapter);
  await model.adapters.attach(quiet);
  const trainer = new Trainer(model, { optimizer, ...still, adapter: quiet });
  const own10: number[] = [];
  for (let step = 0; step < losses.length; step++)
    own10.push(await trainer.step(toBatch(fixture.cases.batches[step % 2]!)).value());
  await trainer.dispose();
  const steps = `${losses.length} AdamW steps`;
  yield compareValues(at(`losses of ${steps}`), one('losses', losses), one('losses', own10));
  const after = await copied(quiet.tensors());
  yield compareTrained(at(`matrices after ${steps}`), start, under('adamw.'), after);
  trained.push(await written(quiet, name, (await forward(model, batch)).logits));
  await model.dispose();
}

const differing = (a: Float32Array, b: Float32Array): number =>
  a.reduce((count, x, i) => count + (x === b[i] ? 0 : 1), 0);

async function written(adapter: Adapter, name: string, logits: Float32Array): Promise<TrainedAdapter> {
  const { targets, rankStabilized = false, ...settings } = adapter.settings;
  const tensors: NamedTensor[] = [];
  for await (const tensor of adapter.tensors()) tensors.push({ ...tensor, data: tensor.data.slice() });
  const files: TrainedAdapter['files'] = [];
  const full = { ...settings, rankStabilized, targets: [...targets] };
  for (const { path, content } of adapterFiles(full, null, tensors)) {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    if (content instanceof Uint8Array) pieces.push(content.slice());
    else for await (const piece of content) pieces.push(piece.slice());
    files.push({ path, bytes: new Uint8Array(await new Blob(pieces).arrayBuffer()) });
  }
  return { name, files, logits };
}
