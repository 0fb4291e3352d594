/** A study as it is being set up: what is picked, and its way to a StudyConfig or to what is wrong with it. */
import { withMethod, type ConfigProblem, type RunConfig } from '../../run/config';
import { loraDefaults, loraFields, loraGuide, loraLabel, loraNote } from '../../run/loraGuide';
import { methodDefaults, methodGuide, methodLabel } from '../../run/methodGuide';
import type { MethodConfig, MethodName } from '../../run/methods';
import { dueCells, parseStudyConfig, shareSweep, SHARES, type StudyConfig } from '../../run/study';
import { wording, type Field, type Form, type SettingsForm } from '../draft/form';

/** What can be picked: the methods, and plain fine-tuning of LoRA adapters. */
export type Choice = MethodName | 'lora';

export interface StudyForm {
  /** `methods` lays methods side by side; `shares` is replay with a growing share of the old data. */
  of: 'methods' | 'shares';
  /** Picked ones, with what was filled in of their settings. */
  picked: Readonly<Partial<Record<Choice, SettingsForm>>>;
  /** Per cent of each earlier task's rows, apart by spaces or commas. */
  shares: string;
  /** How many. */
  seeds: Field;
  budget: 'tokens' | 'steps';
  trials: boolean;
}

export const FIRST_FORM: StudyForm = {
  of: 'methods',
  picked: { sequential: {}, joint: {}, replay: {}, ewc: {} },
  shares: SHARES.map((share) => String(100 * share)).join(', '),
  seeds: 3,
  budget: 'tokens',
  trials: false,
};

/** What of the bench a pick begins with. */
export type OfBench = Pick<Form, 'method' | 'lora'>;

/** The form with what the bench has now: what is picked of it takes its settings, and all else stays. */
export function follow(form: StudyForm, bench: OfBench): StudyForm {
  const picked = (Object.keys(form.picked) as Choice[]).filter((choice) =>
    choice === 'lora' ? bench.lora : choice === bench.method.name,
  );
  return picked.reduce((now, choice) => pick(now, choice, true, bench), form);
}

const TRIALS = 4;
const MOST_SEEDS = 100;
/** Of trials; seeds of a person are small numbers. */
const TRIAL_SEED = 1_000_000;

/** Settings that the bench has are taken as the usual ones of its method, and of LoRA. */
export function pick(form: StudyForm, choice: Choice, on: boolean, { method, lora }: OfBench): StudyForm {
  const { [choice]: _, ...others } = form.picked;
  const settings = choice === 'lora' ? (lora ?? {}) : method.name === choice ? method.settings : {};
  return { ...form, picked: on ? { ...others, [choice]: settings } : others };
}

export function setField(form: StudyForm, choice: Choice, settings: SettingsForm): StudyForm {
  return { ...form, picked: { ...form.picked, [choice]: settings } };
}

/** @throws Error that says what is no share */
export function sharesOf(text: string): number[] {
  const words = text.split(/[\s,;%]+/).filter(Boolean);
  const shares = words.map((word) => {
    const value = Number(word);
    if (!(value >= 0 && value <= 100)) throw new Error(`"${word}" is no share from 0 to 100 %.`);
    return value / 100;
  });
  if (new Set(shares).size < 2) throw new Error('A sweep needs two shares or more.');
  return [...new Set(shares)].sort((a, b) => a - b);
}

const filled = (settings: SettingsForm) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

/** What is wrong, with the method and the setting by their names on the screen. */
function problemText({ path, message }: ConfigProblem, picked: readonly Choice[]): string {
  const [, at, of, key] = /^methods\.(\d+)\.(method|change\.lora)\.(\w+)/.exec(path) ?? [];
  const choice = at === undefined ? undefined : picked[Number(at)];
  const fields = of === 'method' && choice && choice !== 'lora' ? methodGuide[choice].fields : loraFields;
  const field = choice && fields.find((one) => one.key === key);
  const label = choice === 'lora' || !choice ? loraGuide.label : methodGuide[choice].label;
  return `${field ? `${label}, ${field.label}: ` : path ? `${path}: ` : ''}${wording(message)}`;
}

/** What is the same for all methods; adapters are part of it only where the bench trains them with any method. */
export const sharedRun = (bench: RunConfig): RunConfig => withMethod(bench, methodDefaults('sequential'));

/** A method of the study. Its label tells adapters, which the name of the method does not. */
function entryOf(choice: Choice, settings: SettingsForm, bench: RunConfig): object {
  const own = filled(settings);
  if (choice === 'lora') {
    const label = loraLabel({ ...loraDefaults(), ...own });
    return { label, method: { name: 'sequential' }, change: { lora: own } };
  }
  const method = { ...methodDefaults(choice), ...own } as MethodConfig;
  const { lora } = sharedRun(bench);
  if (lora) return { label: `${methodLabel(method)}${loraNote({ lora, method })}`, method };
  // Of O-LoRA on the bench the adapters' settings are its own.
  const adapters = choice === bench.method.name && bench.lora;
  if (!adapters || loraLabel(adapters) === loraLabel(loraDefaults())) return { method };
  return { label: `${methodLabel(method)}, ${loraLabel(adapters)}`, method, change: { lora: adapters } };
}

/** @param order of the methods, as they are listed */
export function studyOf(
  form: StudyForm,
  run: RunConfig,
  order: readonly Choice[],
): { ok: true; study: StudyConfig } | { ok: false; problem: string } {
  const count = form.seeds;
  if (count === null || !Number.isInteger(count) || count < 1 || count > MOST_SEEDS)
    return { ok: false, problem: `Seeds: expected a whole number from 1 to ${MOST_SEEDS}.` };
  const { name: _, fork: __, evaluation, ...rest } = run;
  // Whether methods train on equal tokens is for the study to say, and it keeps nothing of what is learnt again.
  const { equalTokens: ___, relearn: ____, ...stages } = rest.plan;
  // Nor of what the model knows beside what it says, which takes long to find out.
  const knowledge = { ...evaluation.knowledge, examples: 0 };
  const plan = { ...rest, plan: stages, evaluation: { ...evaluation, knowledge } };
  const seeds = Array.from({ length: count }, (_____, i) => run.seed + i);
  try {
    const raw =
      form.of === 'shares'
        ? shareSweep(plan, seeds, sharesOf(form.shares))
        : {
            version: 1,
            ...(run.name === undefined ? {} : { name: run.name }),
            run: sharedRun(plan),
            methods: order.flatMap((choice): object[] => {
              const settings = form.picked[choice];
              return settings ? [entryOf(choice, settings, plan)] : [];
            }),
            seeds,
            budget: form.budget,
            trials: form.trials ? { count: TRIALS, seed: TRIAL_SEED } : null,
          };
    const parsed = parseStudyConfig(raw);
    if (!parsed.ok) {
      const [first] = parsed.problems;
      if (first?.path === 'methods') return { ok: false, problem: 'Pick at least one method.' };
      const picked = order.filter((choice) => form.picked[choice]);
      return { ok: false, problem: first ? problemText(first, picked) : 'unknown' };
    }
    // Says which method cannot have such a plan.
    dueCells({ ...parsed.study, seeds: [run.seed] }, []);
    return { ok: true, study: parsed.study };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
