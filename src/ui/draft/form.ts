/** The bench's form as plain values, and its way to a RunConfig and back to the fields where it is wrong. */
import * as v from 'valibot';
import {
  parseRunConfig,
  RunConfig as RunConfigSchema,
  type ConfigProblem,
  type ModelSource,
  type RunConfig,
  type RunConfigInput,
  type TaskConfig,
} from '../../run/config';
import type { MethodConfig, MethodName } from '../../run/methods';
import { spoken } from '../spoken.svelte';
import { carriedOf, carriedOptimizer, carriedSettings, type Carried } from './carried';

/** What a number field holds: null while it is empty, which stands for the default. */
export type Field = number | null;

export interface Settings {
  optimizer: 'adamw' | 'adafactor';
  learningRate: Field;
  schedule: 'constant' | 'linear' | 'cosine';
  warmupSteps: Field;
  weightDecay: Field;
  clipNorm: Field;
  batchSize: Field;
  maxSourceTokens: Field;
  maxTargetTokens: Field;
  dropout: Field;
  everySteps: Field;
  examples: Field;
  testExamples: Field;
  evaluationBatch: Field;
  maxNewTokens: Field;
  beams: Field;
  samples: Field;
  knowledgeRows: Field;
  seed: Field;
}

export interface StageForm {
  task: string;
  unit: 'steps' | 'epochs';
  amount: Field;
}

/** What a setting was given; null stands for the usual value. */
export type SettingValue = string | number | boolean | readonly string[] | null;

/** Settings as far as they were filled in. */
export type SettingsForm = Readonly<Record<string, SettingValue>>;

export interface MethodForm {
  name: MethodName;
  settings: SettingsForm;
}

export interface Form {
  name: string;
  model: ModelSource;
  backend: 'auto' | 'webgpu' | 'wasm';
  tasks: TaskConfig[];
  stages: StageForm[];
  watched: string[];
  /** Those of them whose old data methods may use. */
  rehearsed: string[];
  /** Steps of learning each earlier task again; null where none is. */
  relearn: Field;
  method: MethodForm;
  /** Null where all weights are trained. */
  lora: SettingsForm | null;
  settings: Settings;
  /** What no field shows. */
  carried: Carried;
}

/** What a form without a plan holds; the plan that is proposed brings its own. */
export const DEFAULT_SETTINGS: Settings = {
  optimizer: 'adamw',
  learningRate: 0.001,
  schedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0,
  clipNorm: 1,
  batchSize: 8,
  maxSourceTokens: 96,
  maxTargetTokens: 32,
  dropout: null,
  everySteps: 20,
  examples: 100,
  testExamples: 200,
  evaluationBatch: 32,
  maxNewTokens: 32,
  beams: 1,
  samples: 6,
  knowledgeRows: 64,
  seed: 0,
};

/** Most tokens of an answer, the usual number where the field is empty. */
export const answerTokens = ({ maxTargetTokens }: Pick<Settings, 'maxTargetTokens'>): number =>
  maxTargetTokens ?? v.getDefault(RunConfigSchema.entries.maxTargetTokens);

/** Tasks that the plan does not use stay out of the config, which thereby holds just what decides the run. */
export function formToConfig(form: Form): RunConfigInput {
  const { settings: s } = form;
  const { equalTokens, knowledgeLabels: labels = null } = form.carried;
  const used = new Set([...form.stages.map((stage) => stage.task), ...form.watched]);
  const shared = {
    // Empty is told apart by the schema: a run has no default learning rate.
    learningRate: s.learningRate as number,
    schedule: { name: s.schedule, ...given({ warmupSteps: s.warmupSteps }) },
    ...given({ clipNorm: s.clipNorm, weightDecay: s.weightDecay }),
  };
  const name = form.name.trim();
  return {
    version: 1,
    ...(name === '' ? {} : { name }),
    model: form.model,
    tasks: form.tasks.filter((task) => used.has(task.id)),
    plan: {
      stages: form.stages.map(({ task, unit, amount }) => ({ task, ...given({ [unit]: amount }) })),
      watched: form.watched,
      ...(form.rehearsed.length > 0 && { rehearsed: form.rehearsed }),
      ...(form.relearn !== null && { relearn: { steps: form.relearn } }),
      ...(equalTokens !== undefined && { equalTokens }),
    },
    // Told apart by the schema, which knows the settings of each.
    method: { name: form.method.name, ...filled(form.method.settings) },
    ...(form.lora && { lora: filled(form.lora) }),
    optimizer: { name: s.optimizer, ...shared, ...carriedOptimizer(form) },
    ...given({
      batchSize: s.batchSize,
      maxSourceTokens: s.maxSourceTokens,
      maxTargetTokens: s.maxTargetTokens,
      dropout: s.dropout,
      seed: s.seed,
    }),
    ...carriedSettings(form),
    evaluation: {
      ...given({
        everySteps: s.everySteps,
        examples: s.examples,
        testExamples: s.testExamples,
        batchSize: s.evaluationBatch,
        maxNewTokens: s.maxNewTokens,
        beams: s.beams,
        samples: s.samples,
      }),
      knowledge: given({ examples: s.knowledgeRows, labels }),
    },
    backend: form.backend,
  };
}

/** A config opened in the form, for "set up like this run". */
export function configToForm(config: RunConfig): Form {
  const { optimizer: o, evaluation: e } = config;
  const form: Form = {
    name: config.name ?? '',
    model: config.model,
    backend: config.backend,
    tasks: config.tasks,
    stages: config.plan.stages.map((s) => ({
      task: s.task,
      unit: s.epochs === undefined ? 'steps' : 'epochs',
      amount: s.epochs ?? s.steps ?? null,
    })),
    watched: config.plan.watched,
    rehearsed: config.plan.rehearsed ?? [],
    relearn: config.plan.relearn?.steps ?? null,
    method: methodToForm(config.method),
    lora: config.lora ? { ...config.lora } : null,
    settings: {
      optimizer: o.name,
      learningRate: o.learningRate,
      schedule: o.schedule.name,
      warmupSteps: o.schedule.warmupSteps,
      weightDecay: o.weightDecay,
      clipNorm: o.clipNorm,
      batchSize: config.batchSize,
      maxSourceTokens: config.maxSourceTokens,
      maxTargetTokens: config.maxTargetTokens,
      dropout: config.dropout ?? null,
      everySteps: e.everySteps,
      examples: e.examples,
      testExamples: e.testExamples,
      evaluationBatch: e.batchSize,
      maxNewTokens: e.maxNewTokens,
      beams: e.beams,
      samples: e.samples,
      knowledgeRows: e.knowledge.examples,
      seed: config.seed,
    },
    carried: {},
  };
  return { ...form, carried: carriedOf(config, form) };
}

function methodToForm({ name, ...settings }: MethodConfig): MethodForm {
  return { name, settings };
}

/** Config paths and the fields that show their problems; everything else is shown beside the button. */
const FIELDS: Record<string, string> = {
  'optimizer.learningRate': 'learningRate',
  'optimizer.schedule.warmupSteps': 'warmupSteps',
  'optimizer.weightDecay': 'weightDecay',
  'optimizer.clipNorm': 'clipNorm',
  batchSize: 'batchSize',
  maxSourceTokens: 'maxSourceTokens',
  maxTargetTokens: 'maxTargetTokens',
  dropout: 'dropout',
  'evaluation.everySteps': 'everySteps',
  'evaluation.examples': 'examples',
  'evaluation.testExamples': 'testExamples',
  'evaluation.batchSize': 'evaluationBatch',
  'evaluation.maxNewTokens': 'maxNewTokens',
  'evaluation.beams': 'beams',
  'evaluation.samples': 'samples',
  'evaluation.knowledge.examples': 'knowledgeRows',
  'plan.relearn.steps': 'relearn',
  seed: 'seed',
  name: 'name',
};

export interface FormProblems {
  /** By field name, `stage-0` for the first stage of the plan. */
  fields: Record<string, string>;
  /** Problems of no single field. */
  rest: string[];
}

export function checkForm(
  form: Form,
): { ok: true; config: RunConfig } | { ok: false; problems: FormProblems } {
  const parsed = parseRunConfig(formToConfig(form));
  return parsed.ok ? parsed : { ok: false, problems: placeProblems(parsed.problems) };
}

export function placeProblems(found: ConfigProblem[]): FormProblems {
  const problems: FormProblems = { fields: {}, rest: [] };
  for (const { path, message } of found) {
    const stage = /^plan\.stages\.(\d+)/.exec(path)?.[1];
    const field =
      stage !== undefined ? `stage-${stage}` : /^(method|lora)\./.test(path) ? path : FIELDS[path];
    const text = wording(message);
    if (field !== undefined) problems.fields[field] ??= text;
    else if (path === 'plan.stages') problems.rest.push('Choose at least one task to train.');
    else if (path !== 'tasks') problems.rest.push(path ? `${path}: ${text}` : text);
  }
  return problems;
}

/** The schema's messages as a person at a field wants them. */
export function wording(message: string): string {
  if (/Invalid key|received (undefined|null)/.test(message)) return 'needs a value';
  const range = /Expected (>=|<=)(\S+) but received (\S+)/.exec(message);
  if (range) {
    const [, sign, bound, value] = range;
    return `must be at ${sign === '>=' ? 'least' : 'most'} ${bound ?? ''}, not ${value ?? ''}`;
  }
  const integer = /Invalid integer: .*?(\S+)$/.exec(message);
  if (integer) return `must be a whole number, not ${integer[1] ?? ''}`;
  return spoken(message);
}

/** The entries that are not left to their defaults. */
const filled = (settings: SettingsForm) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

/** The entries that hold a number. */
function given<K extends string>(fields: Record<K, Field>): { [key in K]?: number } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [key in K]?: number;
  };
}
