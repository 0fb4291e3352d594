/** The methods in words: what each does and costs, and its main settings, for a form to be made of. */
import * as v from 'valibot';
import { Method, type MethodConfig, type MethodName } from './methods';

export interface MethodField {
  key: string;
  label: string;
  kind: 'number' | 'choice' | 'switch' | 'set';
  /** Of a choice, or of a set that some are chosen from: values and their labels. */
  options?: readonly (readonly [string, string])[];
  /** Shown only where another setting has one of these values. */
  when?: { key: string; values: readonly string[] };
  /** A whole number. */
  whole?: boolean;
}

export interface MethodGuide {
  label: string;
  /** One sentence each. */
  does: string;
  costs: string;
  paper: string;
  fields: readonly MethodField[];
}

const number = (key: string, label: string, more: Partial<MethodField> = {}): MethodField => ({
  key,
  label,
  kind: 'number',
  ...more,
});
const whole = (key: string, label: string, more: Partial<MethodField> = {}): MethodField =>
  number(key, label, { whole: true, ...more });
const choice = (
  key: string,
  label: string,
  options: MethodField['options'],
  more: Partial<MethodField> = {},
): MethodField => ({ key, label, kind: 'choice', options: options ?? [], ...more });

const mixing: MethodField[] = [
  choice('mixing', 'Mixing', [
    ['proportional', 'by size'],
    ['capped', 'by size, capped'],
    ['temperature', 'by temperature'],
  ]),
  whole('cap', 'Cap, rows', { when: { key: 'mixing', values: ['capped', 'temperature'] } }),
  number('temperature', 'Temperature', { when: { key: 'mixing', values: ['temperature'] } }),
];

export const methodGuide: Readonly<Record<MethodName, MethodGuide>> = {
  sequential: {
    label: 'Sequential',
    does: 'Plain fine-tuning, one task after the other: what the remedies are measured against.',
    costs: 'Costs nothing extra, and forgets most.',
    paper: 'McCloskey & Cohen 1989',
    fields: [],
  },
  joint: {
    label: 'Joint multi-task',
    does: 'Trains all tasks at once, in one stage with the steps of all: the upper mark.',
    costs: 'Costs no more steps, but needs all data at the same time.',
    paper: 'Caruana 1997',
    fields: mixing,
  },
  'multi-task': {
    label: 'Multi-task continuation',
    does: 'Takes a share of each batch from all earlier tasks.',
    costs: 'Costs no more steps, needs all old data, and sees fewer new examples.',
    paper: 'Scialom et al. 2022',
    fields: [number('share', 'Share of the old'), ...mixing],
  },
  replay: {
    label: 'Replay',
    does: 'Keeps a few examples of each task and trains on some of them beside every new batch.',
    costs: 'Costs longer batches, by the ratio; kept examples take next to no room.',
    paper: 'Rolnick et al. 2019',
    fields: [
      choice('memory', 'Keep', [
        ['count', 'so many of each task'],
        ['share', 'a share of each task'],
        ['reservoir', 'so many of all together'],
      ]),
      whole('count', 'Examples a task', { when: { key: 'memory', values: ['count'] } }),
      number('share', 'Share of rows', { when: { key: 'memory', values: ['share'] } }),
      whole('capacity', 'Examples in all', { when: { key: 'memory', values: ['reservoir'] } }),
      number('ratio', 'Replayed for each new'),
    ],
  },
  'der++': {
    label: 'DER++',
    does: 'Replays examples and holds the model to the logits it had for them when they were kept.',
    costs: 'Costs two further batches a step, and 2 bytes for each word of the vocabulary and kept token.',
    paper: 'Buzzega et al. 2020',
    fields: [
      whole('capacity', 'Examples in all'),
      number('alpha', 'α, of the logits'),
      number('beta', 'β, of the answers'),
      number('ratio', 'Replayed for each new'),
    ],
  },
  'a-gem': {
    label: 'A-GEM',
    does: 'Turns each gradient so that it does not raise the loss on kept examples of earlier tasks.',
    costs: 'Costs a second gradient a step and one copy of the weights.',
    paper: 'Chaudhry et al. 2019',
    fields: [whole('count', 'Examples a task'), whole('sample', 'Examples a step')],
  },
  lwf: {
    label: 'LwF, distillation',
    does: 'Holds the model, on the new examples, to what it said before the stage; needs no old data.',
    costs: 'Costs a forward pass of the model before the stage, and one copy of the weights.',
    paper: 'Li & Hoiem 2016',
    fields: [number('lambda', 'λ'), number('temperature', 'Temperature')],
  },
  ewc: {
    label: 'EWC',
    does: 'Holds the weights that mattered to earlier tasks near where they were.',
    costs: 'Costs two copies of the weights (separate: two a task) and a gradient for each Fisher sample.',
    paper: 'Kirkpatrick et al. 2017',
    fields: [
      choice('mode', 'Fisher', [
        ['online', 'one, online'],
        ['separate', 'one a task'],
      ]),
      number('lambda', 'λ'),
      whole('samples', 'Fisher samples'),
      choice('fisher', 'Labels', [
        ['sampled', 'drawn from the model'],
        ['empirical', 'those of the rows'],
      ]),
      number('gamma', 'γ', { when: { key: 'mode', values: ['online'] } }),
    ],
  },
  'l2-sp': {
    label: 'L2-SP',
    does: 'Holds all weights alike near where the stage, or the run, began.',
    costs: 'Costs one copy of the weights.',
    paper: 'Li et al. 2018',
    fields: [
      number('alpha', 'α'),
      choice('anchor', 'Held to', [
        ['stage', 'the stage’s start'],
        ['start', 'the run’s start'],
      ]),
    ],
  },
  freezing: {
    label: 'Freezing',
    does: 'Leaves parts of the model untrained.',
    costs: 'Costs nothing: frozen weights need neither gradients nor an optimiser’s state.',
    paper: 'Howard & Ruder 2018',
    fields: [
      { key: 'embeddings', label: 'Embeddings', kind: 'switch' },
      { key: 'encoder', label: 'Encoder', kind: 'switch' },
      { key: 'decoder', label: 'Decoder', kind: 'switch' },
      whole('layers', 'First layers'),
    ],
  },
  'o-lora': {
    label: 'O-LoRA',
    does: 'Trains a fresh LoRA adapter each stage, kept orthogonal to those of the stages before, which stay.',
    costs: 'Costs a few adapters’ memory and next to no time; the weights themselves never move.',
    paper: 'Wang et al. 2023',
    fields: [number('lambda', 'λ, of the overlap')],
  },
  'wise-ft': {
    label: 'WiSE-FT',
    does: 'After each stage, averages the weights before and after it.',
    costs: 'Costs one copy of the weights.',
    paper: 'Wortsman et al. 2022',
    fields: [number('alpha', 'α, of after')],
  },
  ema: {
    label: 'Moving average',
    does: 'Keeps a moving average of the weights over the steps, and takes it after each stage.',
    costs: 'Costs one copy of the weights.',
    paper: 'Polyak & Juditsky 1992',
    fields: [number('decay', 'Decay')],
  },
  soup: {
    label: 'Model soup',
    does: 'Scores and keeps the mean of the weights at the ends of all stages so far.',
    costs: 'Costs two copies of the weights.',
    paper: 'Wortsman et al. 2022',
    fields: [],
  },
};

export const methodNames = Object.keys(methodGuide) as MethodName[];

/** The settings of a method as they are when nothing is said. */
export function methodDefaults(name: MethodName): MethodConfig {
  return v.parse(Method, { name });
}

/** The fields that matter while the settings have these values. */
export function shownFields(name: MethodName, settings: Readonly<Record<string, unknown>>): MethodField[] {
  return methodGuide[name].fields.filter(
    ({ when }) => !when || when.values.includes(String(settings[when.key])),
  );
}

/** `Replay (Examples a task 20)`: a label, and of the fields those whose setting is not the usual one. */
export function labelWith(
  label: string,
  fields: readonly MethodField[],
  settings: Readonly<Record<string, unknown>>,
  usual: Readonly<Record<string, unknown>>,
): string {
  const told = fields
    .filter(({ key }) => String(settings[key]) !== String(usual[key]))
    .map(({ key, label: field, options }) => {
      const value = settings[key];
      const words = Array.isArray(value) ? value.join(' ') : String(value);
      return `${field} ${options?.find(([name]) => name === value)?.[1] ?? words}`;
    });
  return told.length === 0 ? label : `${label} (${told.join(', ')})`;
}

/** The method and what differs from its usual settings. */
export function methodLabel(config: MethodConfig): string {
  const { name } = config;
  return labelWith(methodGuide[name].label, shownFields(name, config), config, methodDefaults(name));
}
