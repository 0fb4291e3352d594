import { at, type ReferenceKernel } from '../../program/reference';
import { scalars as slots } from '../../program/scalars';
import { mix } from '../dropout/dropout';

const ignored = -100 >>> 0;

export const sampleLabels: ReferenceKernel = ([logits, labels, scalars, drawn], [rows, vocab]) => {
  const key = mix(at(scalars, slots.sampleSeed));
  const noise = (index: number): number =>
    -Math.log(-Math.log((Math.floor(mix((key + index) >>> 0) / 512) + 0.5) / 2 ** 23));
  for (let n = 0; n < rows; n++) {
    let [best, most] = [0, -Infinity];
    for (let j = 0; j < vocab; j++) {
      const score = at(logits, n * vocab + j) + noise(n * vocab + j);
      if (score > most) [best, most] = [j, score];
    }
    drawn[n] = at(labels, n) === ignored ? ignored : best;
  }
};
