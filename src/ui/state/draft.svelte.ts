/** The run that is being set up: the form, the tasks to choose from, and what is wrong with it. */
import type { TaskParts } from '../../data/task';
import type { RunConfig } from '../../run/config';
import { relearntTasks, type MethodName } from '../../run/methods';
import type { TaskChoice, Tasks } from '../ports';
import {
  checkForm,
  configToForm,
  DEFAULT_SETTINGS,
  type Field,
  type Form,
  type Settings,
  type SettingValue,
} from '../draft/form';
import { moved, roleOf, stageSteps, withRehearsed, withRole, type Role } from '../draft/plan';
import type { Band } from '../run/series';
import type { Part, SharedPlan } from '../share/link';

/** Steps of a stage that is newly chosen. */
const FIRST_STEPS = 60;

const EMPTY: Form = {
  name: '',
  model: { source: 'bundled', name: 'pocket' },
  backend: 'auto',
  tasks: [],
  stages: [],
  watched: [],
  rehearsed: [],
  relearn: null,
  method: { name: 'sequential', settings: {} },
  lora: null,
  settings: DEFAULT_SETTINGS,
  carried: {},
};

export class Draft {
  #form = $state.raw<Form>(EMPTY);
  #choices = $state.raw<TaskChoice[]>([]);
  #parts = $state.raw<Readonly<Record<string, TaskParts>>>({});
  #check = $derived(checkForm(this.#form));
  /** The link that the plan came with; what it does not leave open cannot be edited. */
  #link = $state.raw<SharedPlan | null>(null);

  constructor(private readonly tasks: Tasks) {}

  get form(): Form {
    return this.#form;
  }

  get choices(): TaskChoice[] {
    return this.#choices;
  }

  /** The checked config, null while something is wrong. */
  get config(): RunConfig | null {
    return this.#check.ok ? this.#check.config : null;
  }

  get problems(): { fields: Record<string, string>; rest: string[] } {
    return this.#check.ok ? { fields: {}, rest: [] } : this.#check.problems;
  }

  get link(): SharedPlan | null {
    return this.#link;
  }

  /** Whether the link that the plan came with holds this part as it is. */
  fixed(part: Part): boolean {
    return this.#link !== null && !this.#link.free.includes(part);
  }

  get totalSteps(): number | null {
    const steps = this.#form.stages.map((_, i) => this.steps(i));
    return steps.includes(null) ? null : steps.reduce<number>((sum, n) => sum + (n ?? 0), 0);
  }

  /** Tasks that are learnt again after the last stage. */
  get relearnt(): string[] {
    const { relearn, stages, method } = this.#form;
    return relearn === null ? [] : relearntTasks({ stages, relearn: { steps: relearn } }, method);
  }

  /** Steps of learning again, of all tasks together. */
  get relearningSteps(): number {
    return this.relearnt.length * (this.#form.relearn ?? 0);
  }

  /** The plan as the chart's bands, before anything has run. */
  get bands(): Band[] {
    let from = 0;
    return this.#form.stages.map((stage, i) => {
      const to = from + (this.steps(i) ?? FIRST_STEPS);
      const band = { stage: i + 1, label: `${i + 1} · ${this.nameOf(stage.task)}`, from, to, colour: i };
      from = to;
      return band;
    });
  }

  nameOf(task: string): string {
    return this.#choices.find((c) => c.task.id === task)?.task.name ?? task;
  }

  role(task: string): Role {
    return roleOf(this.#form, task);
  }

  steps(stage: number): number | null {
    const entry = this.#form.stages[stage];
    if (!entry) return null;
    const rows = this.#choices.find((c) => c.task.id === entry.task)?.rows?.train;
    return stageSteps(entry, rows, this.#form.settings.batchSize ?? 8);
  }

  edit(change: Partial<Form>): void {
    if (change.model !== undefined && this.fixed('model')) return;
    this.#form = { ...this.#form, ...change };
  }

  set<K extends keyof Settings>(field: K, value: Settings[K]): void {
    if (this.fixed(partOf(field))) return;
    this.edit({ settings: { ...this.#form.settings, [field]: value } });
  }

  /** Takes out what the plan sets that no field shows. */
  leaveOut(): void {
    if (this.fixed('settings')) return;
    this.edit({ carried: {} });
  }

  /** Settings of one method mean nothing to another. */
  setMethod(name: MethodName): void {
    if (this.fixed('method')) return;
    if (name !== this.#form.method.name) this.edit({ method: { name, settings: {} } });
  }

  setMethodField(key: string, value: SettingValue): void {
    if (this.fixed('method')) return;
    const { name, settings } = this.#form.method;
    this.edit({ method: { name, settings: { ...settings, [key]: value } } });
  }

  /** An adapter in place of all weights, or not. */
  setLora(on: boolean): void {
    if (this.fixed('method')) return;
    if (on !== (this.#form.lora !== null)) this.edit({ lora: on ? {} : null });
  }

  setLoraField(key: string, value: SettingValue): void {
    if (this.fixed('method')) return;
    this.edit({ lora: { ...this.#form.lora, [key]: value } });
  }

  setRole(task: string, role: Role): void {
    if (this.fixed('tasks')) return;
    const like = this.#form.stages.at(-1);
    const stage = like
      ? { unit: like.unit, amount: like.amount }
      : { unit: 'steps' as const, amount: FIRST_STEPS };
    this.#form = withRole(this.#form, task, role, stage);
  }

  setRehearsed(task: string, allowed: boolean): void {
    if (this.fixed('tasks')) return;
    this.#form = withRehearsed(this.#form, task, allowed);
  }

  moveStage(from: number, to: number): void {
    if (this.fixed('tasks')) return;
    this.edit({ stages: moved(this.#form.stages, from, to) });
  }

  editStage(index: number, change: Partial<Form['stages'][number]>): void {
    if (this.fixed('steps')) return;
    this.edit({ stages: this.#form.stages.map((s, i) => (i === index ? { ...s, ...change } : s)) });
  }

  /** @param steps null for not learning again */
  setRelearn(steps: Field): void {
    if (this.fixed('steps')) return;
    this.edit({ relearn: steps });
  }

  /** Adds tasks to choose from, in place of those with the same id. */
  offer(choices: TaskChoice[]): void {
    const others = this.#choices.filter((c) => choices.every((other) => other.task.id !== c.task.id));
    this.#choices = [...others, ...choices];
    this.edit({ tasks: this.#choices.map((c) => c.task) });
  }

  /** Takes a task off the list and out of the plan. */
  withdraw(task: string): void {
    this.setRole(task, 'off');
    this.#choices = this.#choices.filter((c) => c.task.id !== task);
    this.edit({ tasks: this.#choices.map((c) => c.task) });
  }

  /**
   * A plan to begin with, where there is none: that of the demo, which is known to show what the page is about. Where
   * it cannot be read, two tasks to train.
   */
  propose(): void {
    if (this.#form.stages.length === 0) void this.#proposed();
  }

  async #proposed(): Promise<void> {
    const demo = await this.tasks.demo().catch(() => null);
    // Something may have been set up meanwhile, by a link or by hand.
    if (this.#form.stages.length > 0 || this.#link) return;
    // The name is the demo's own; a run of another plan would go by it.
    if (demo) this.begin(unnamed(demo));
    else for (const { task } of this.#choices.slice(0, 2)) this.setRole(task.id, 'train');
  }

  /** Sets up what the page begins with, once that is read; what a person has changed by then stays as it is. */
  begin(config: RunConfig): void {
    const own = this.#form;
    this.like(config);
    const changed = (['backend', 'model', 'method', 'lora', 'relearn'] as const).filter(
      (key) => own[key] !== EMPTY[key],
    );
    const entries = Object.entries(own.settings) as [keyof Settings, unknown][];
    const settings = entries.filter(([field, value]) => value !== DEFAULT_SETTINGS[field]);
    this.edit({
      ...Object.fromEntries(changed.map((key) => [key, own[key]])),
      settings: { ...this.#form.settings, ...Object.fromEntries(settings) },
    });
  }

  /**
   * Sets everything up as a run had it; its tasks are offered where they are not yet.
   * @param link that fixes parts of it
   */
  like(config: RunConfig, link: SharedPlan | null = null): void {
    this.#link = link;
    const form = configToForm(config);
    this.offer(
      form.tasks.map((task) => {
        const choice = this.#choices.find((c) => c.task.id === task.id);
        return { task, description: choice?.description ?? '', rows: choice?.rows ?? null };
      }),
    );
    // Those of the plan stand first, where they are seen.
    const ids = form.tasks.map(({ id }) => id);
    this.#choices = [
      ...this.#choices.filter(({ task }) => ids.includes(task.id)),
      ...this.#choices.filter(({ task }) => !ids.includes(task.id)),
    ];
    this.#form = { ...form, tasks: this.#choices.map((c) => c.task) };
  }

  /** Sets up the plan of a link, with the data that are kept here where it names some. */
  open(link: SharedPlan): void {
    const seed = link.ownSeed ? 1 + Math.floor(Math.random() * 9999) : link.config.seed;
    const tasks = link.config.tasks.map((task) => {
      const known = this.#choices.find((c) => c.task.id === task.id && c.rows !== null);
      return task.data.kind !== 'sample' && known ? known.task : task;
    });
    this.like({ ...link.config, seed, tasks }, link);
  }

  /** Tasks of the plan whose data have yet to be brought along. */
  get missing(): string[] {
    const used = [...this.#form.stages.map(({ task }) => task), ...this.#form.watched];
    return this.#choices
      .filter((c) => used.includes(c.task.id) && c.task.data.kind !== 'sample' && c.rows === null)
      .map((c) => c.task.name);
  }

  /** From here on the plan is its reader's own. */
  release(): void {
    this.#link = null;
  }

  /** Rows of a task, read once. */
  async parts(task: string): Promise<TaskParts | null> {
    const known = this.#parts[task];
    if (known) return known;
    const choice = this.#choices.find((c) => c.task.id === task);
    if (!choice) return null;
    const parts = await this.tasks.load(choice.task);
    this.#parts = { ...this.#parts, [task]: parts };
    return parts;
  }
}

function unnamed({ name: _, ...config }: RunConfig): RunConfig {
  return config;
}

/** The part of a link that a setting belongs to. */
export function partOf(field: keyof Settings): Part {
  if (field === 'seed') return 'seed';
  return field === 'learningRate' ? 'rate' : 'settings';
}
