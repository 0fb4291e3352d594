/** Where a stage changed the model: relative change of the weights, by layer and part. */
import type { RunResult, WeightChange } from '../../run/result';
import type { GridCell, GridView } from '../charts/view';
import { stageName } from '../run/names';
import { percent } from './groups';

/** The parts of a T5 in the order in which a layer uses them; the last two are tables beside the layers. */
const PARTS = [
  ...['self', 'cross'].flatMap((attention) => ['q', 'k', 'v', 'o'].map((matrix) => `${attention} ${matrix}`)),
  'wi',
  'wo',
  'norms',
  'position',
  'table',
];

/** Rows and parts that have a word of the language; the others are named as in T5. */
// @wc-include
const WORDS: Readonly<Record<string, string>> = {
  embeddings: 'embeddings',
  output: 'output',
  norms: 'norms',
  position: 'position bias',
  table: 'table',
};

const shown = (place: string): string => WORDS[place] ?? place;

interface Place {
  row: string;
  /** Rows from the input to the output. */
  order: number;
  part: string;
}

/** Where a tensor of a T5 checkpoint belongs; null for what is no part of a layer or a table. */
export function placeOf(name: string): Place | null {
  if (name === 'shared.weight' || /embed_tokens/.test(name))
    return { row: 'embeddings', order: 0, part: 'table' };
  if (name === 'lm_head.weight') return { row: 'output', order: 1e6, part: 'table' };
  const found = /^(encoder|decoder)\.(?:block\.(\d+)\.layer\.\d+\.(.*)|final_layer_norm)/.exec(name);
  if (!found) return null;
  const [, stack = '', block, rest = ''] = found;
  const base = stack === 'encoder' ? 1000 : 2000;
  if (block === undefined) return { row: `${stack} end`, order: base + 999, part: 'norms' };
  const place = { row: `${stack} ${Number(block) + 1}`, order: base + Number(block) };
  if (/layer_norm/.test(rest)) return { ...place, part: 'norms' };
  if (/relative_attention_bias/.test(rest)) return { ...place, part: 'position' };
  const attention = /^(SelfAttention|EncDecAttention)\.([qkvo])\b/.exec(rest);
  if (attention)
    return { ...place, part: `${attention[1] === 'SelfAttention' ? 'self' : 'cross'} ${attention[2] ?? ''}` };
  const dense = /^DenseReluDense\.(wi|wo)(?:_\d)?\b/.exec(rest);
  return dense ? { ...place, part: dense[1] ?? '' } : null;
}

interface Sums {
  change: number;
  norm: number;
}

/** ‖after − before‖ / ‖before‖ of what several tensors hold together. */
function relative({ change, norm }: Sums): number {
  return norm === 0 ? 0 : Math.sqrt(change / norm);
}

/** The change of all weights together. */
export function totalChange({ tensors }: WeightChange): number {
  return relative(tensors.reduce((sum, t) => added(sum, t), { change: 0, norm: 0 }));
}

const added = (sum: Sums, { change, norm }: Sums): Sums => ({
  change: sum.change + change ** 2,
  norm: sum.norm + norm ** 2,
});

/** Rows are layers from the input up, columns their parts; the deepest colour is the largest change. */
export function weightsView(change: WeightChange): GridView {
  const cells = new Map<string, Sums>();
  const rows = new Map<string, number>();
  const parts = new Set<string>();
  for (const tensor of change.tensors) {
    const place = placeOf(tensor.name);
    if (!place) continue;
    const key = `${place.row}/${place.part}`;
    cells.set(key, added(cells.get(key) ?? { change: 0, norm: 0 }, tensor));
    rows.set(place.row, place.order);
    parts.add(place.part);
  }
  const columns = [...parts].sort((a, b) => PARTS.indexOf(a) - PARTS.indexOf(b));
  const layers = [...rows].sort(([, a], [, b]) => a - b).map(([row]) => row);
  const most = Math.max(Number.MIN_VALUE, ...[...cells.values()].map(relative));
  const cell = (row: string, part: string): GridCell => {
    const sums = cells.get(`${row}/${part}`);
    if (!sums) return { value: null, text: '', strength: 0, title: `${shown(row)} has no ${shown(part)}` };
    const value = relative(sums);
    return {
      value,
      text: String(Number((100 * value).toPrecision(2))),
      strength: value / most,
      title: `${shown(row)}, ${shown(part)}: changed by ${percent(value)} of its norm`,
    };
  };
  return {
    about: { columns: 'part', rows: 'layer', value: 'relative change' },
    columns: columns.map(shown),
    rows: layers.map(shown),
    cells: layers.map((row) => columns.map((part) => cell(row, part))),
  };
}

export function changeTitle(run: RunResult, change: WeightChange): string {
  const stage = stageName(run.config, change.stage);
  return `Stage ${change.stage}, ${stage}: all weights together changed by ${percent(totalChange(change))} of their norm`;
}
