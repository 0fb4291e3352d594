/** Computes everything that a fixture holds, on the backend that is open, and compares. */
import { forward, lossAndGradients } from '../../src/engine/inspect';
import { tokenProbabilities } from '../../src/engine/probabilities';
import { parseT5Config } from '../../src/engine/t5/config';
import { generate } from '../../src/engine/t5/generate';
import { T5Model } from '../../src/engine/t5/model';
import { Tokenizer } from '../../src/engine/text/tokenizer';
import { Trainer } from '../../src/engine/trainer';
import { urlFolder } from '../../src/models/folder';
import { openModel } from '../../src/models/load';
import { checkAdapters, type TrainedAdapter } from './adapters';
import { compareEqual, compareTrained, compareValues, type Check } from './compare';
import { openFixture, toBatch, type Cases, type Fixture } from './fixture';
import type { Batch } from '../../src/engine/types';

type Checks = AsyncGenerator<Check, void, undefined>;

/**
 * @param url absolute address of the fixture's folder
 * @param trained takes the adapters that have been trained on the way
 */
export async function* checkFixture(url: string, trained: TrainedAdapter[] = []): Checks {
  const fixture = await openFixture(url);
  yield* checkTokens(url, fixture.cases);
  const model = await loadModel(url);
  const start = await weights(model);
  yield* checkValues(model, fixture);
  yield* checkGeneration(model, fixture.cases);
  await model.dispose();
  for (const training of fixture.cases.training) yield* checkTraining(url, fixture, start, training);
  yield* checkAdapters(url, fixture, () => loadModel(url), trained);
}

async function loadModel(url: string): Promise<T5Model> {
  const opened = await openModel(urlFolder(url));
  return T5Model.load(parseT5Config(opened.config, opened.generation), opened.tensors());
}

async function weights(model: T5Model): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for await (const { name, data } of model.tensors()) found.set(name, data);
  return found;
}

async function* checkTokens(url: string, cases: Cases): Checks {
  const opened = await openModel(urlFolder(url));
  const tokenizer = Tokenizer.fromJson(opened.tokenizer, opened.tokenizerConfig);
  await opened.close();
  const { texts } = cases;
  const named = (i: number) => JSON.stringify(texts[i]?.text);
  const encoded = texts.map(({ text }) => tokenizer.encode(text));
  const decoded = texts.map(({ ids }) => tokenizer.decode(ids));
  yield compareEqual(
    'token ids',
    texts.map(({ ids }) => ids),
    encoded,
    named,
  );
  yield compareEqual(
    'decoded texts',
    texts.map((text) => text.decoded),
    decoded,
    named,
  );
}

async function* checkValues(model: T5Model, fixture: Fixture): Checks {
  for (const [index, stored] of fixture.cases.batches.entries()) {
    const batch = toBatch(stored);
    const at = (quantity: string) => `${quantity}, batch ${index}`;
    const { encoderOutput, logits } = await forward(model, batch);
    const found = new Map([
      ['encoder', encoderOutput],
      ['logits', logits],
    ]);
    const expected = fixture.under(`${index}.`);
    for (const [key, quantity] of [
      ['encoder', 'encoder output'],
      ['logits', 'logits'],
    ] as const)
      yield compareValues(
        at(quantity),
        new Map([[key, expected.get(key)!]]),
        new Map([[key, found.get(key)!]]),
      );
    yield await checkProbabilities(model, batch, expected.get('logits')!, at('probabilities of the labels'));
    const gradients = fixture.under(`${index}.gradient.`);
    if (gradients.size === 0) continue;
    const own = await lossAndGradients(model, batch);
    yield compareValues(at('loss'), new Map([['loss', [stored.loss]]]), new Map([['loss', [own.loss]]]));
    yield compareValues(at(`gradients of ${gradients.size} tensors`), gradients, own.gradients);
  }
}

/** Those that the softmax of the reference's logits gives, in double precision. */
async function checkProbabilities(
  model: T5Model,
  batch: Batch,
  logits: Float32Array,
  quantity: string,
): Promise<Check> {
  const { vocabSize } = model.config;
  const expected = [...batch.labels].flatMap((label, place) => {
    if (label < 0) return [];
    const row = Array.from(logits.subarray(place * vocabSize, (place + 1) * vocabSize));
    const largest = Math.max(...row);
    const total = row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    return [Math.exp((row[label] ?? NaN) - largest) / total];
  });
  const found = (await tokenProbabilities(model, batch, 2)).flat();
  // Near 0 a difference of logits counts in proportion, so logarithms are compared as well.
  const both = (values: number[]) =>
    new Map([
      ['p', values],
      ['log p', values.map(Math.log)],
    ]);
  return compareValues(quantity, both(expected), both(found.map(({ probability }) => probability)));
}

async function* checkGeneration(model: T5Model, cases: Cases): Checks {
  for (const { sources, answers, ...settings } of cases.generation) {
    const { beams, lengthPenalty, maxNewTokens } = settings;
    const how = beams === 1 ? 'greedy' : `${beams} beams, length penalty ${lengthPenalty ?? 1}`;
    yield compareEqual(`${how}, ${maxNewTokens} tokens`, answers, await generate(model, sources, settings));
  }
}

async function* checkTraining(
  url: string,
  fixture: Fixture,
  start: Map<string, Float32Array>,
  { optimizer, batches: turns, losses }: Cases['training'][number],
): Checks {
  const model = await loadModel(url);
  const trainer = new Trainer(model, { optimizer, totalSteps: losses.length, dropout: 0, seed: 0 });
  const batches = turns.map((index) => toBatch(fixture.cases.batches[index]!));
  const found: number[] = [];
  for (let step = 0; step < losses.length; step++)
    found.push(await trainer.step(batches[step % batches.length]!).value());
  const name = { adamw: 'AdamW', adafactor: 'Adafactor' }[optimizer.name];
  const after = await weights(model);
  await trainer.dispose();
  await model.dispose();
  const steps = `${losses.length} ${name} steps`;
  yield compareValues(`losses of ${steps}`, new Map([['losses', losses]]), new Map([['losses', found]]));
  yield compareTrained(`weights after ${steps}`, start, fixture.under(`${optimizer.name}.`), after);
}
