/** Nobody is timed who doesn't compute what Hugging Face computes. */
import { parseT5Config } from '../../src/engine/t5/config';
import type { NamedTensor } from '../../src/engine/types';
import { urlFolder } from '../../src/models/folder';
import { openModel } from '../../src/models/load';
import { compareValues } from '../../tests/parity/compare';
import { openFixture, toBatch } from '../../tests/parity/fixture';
import type { Peer, PeerModelSpec } from '../peers/peer';

/** Both feed-forwards, the tied and the untied head. */
const fixtures = ['v1_0', 'v1_1'];

/**
 * Loss and gradients of the committed fixtures, to the tolerance that our engine is held to.
 * @throws Error with what differs and by how much
 */
async function holdToFixture(peer: Peer, name: string, on: Pick<PeerModelSpec, 'backend' | 'threads'>) {
  const url = new URL(`fixture/${name}/`, location.href).href;
  const fixture = await openFixture(url);
  const opened = await openModel(urlFolder(url));
  const weights: NamedTensor[] = [];
  for await (const tensor of opened.tensors()) weights.push(tensor);
  const config = parseT5Config(opened.config, opened.generation);
  const model = await peer.open({ config, weights, ...on, dropout: 0, learningRate: 1e-3 });
  for (const [index, stored] of fixture.cases.batches.entries()) {
    const expected = fixture.under(`${index}.gradient.`);
    if (expected.size === 0) continue;
    const { loss, gradients } = await model.lossAndGradients(toBatch(stored));
    for (const check of [
      compareValues('loss', new Map([['loss', [stored.loss]]]), new Map([['loss', [loss]]])),
      compareValues('gradients', expected, gradients),
    ]) {
      const error = check.relative?.toExponential(1) ?? 'absent';
      if (!check.passed)
        throw new Error(
          `${peer.name} fails our fixture ${name}, batch ${index}: ${check.quantity}, ${check.detail}, relative error ${error}`,
        );
    }
  }
  await model.dispose();
}

const passed = new Set<string>();

/** @throws Error when the peer fails; what passed is not asked again in this page */
export async function holdToFixtures(peer: Peer, on: Pick<PeerModelSpec, 'backend' | 'threads'>) {
  const key = `${peer.name} ${on.backend} ${on.threads}`;
  if (passed.has(key)) return;
  for (const name of fixtures) await holdToFixture(peer, name, on);
  passed.add(key);
}
