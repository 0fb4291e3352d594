/** The page: where it stands, and the parts of its state. Components find it by `useApp`. */
import { getContext, setContext } from 'svelte';
import type { Example } from '../../data/task';
import { headline } from '../run/headline';
import { upTo } from '../run/upTo';
import { parseRunConfig, type RunConfig, type TaskConfig } from '../../run/config';
import { heldRuns } from '../../run/live';
import { evaluationSample } from '../../run/sample';
import type { RunResult } from '../../run/result';
import type { FilesAnswers, FilesQuestions } from '../../worker/files/protocol';
import type { DeviceProbe } from '../../worker/protocol';
import { sweepDownloads } from '../download';
import type { PageStore, Services } from '../ports';
import { choiceOfDataset } from '../draft/upload';
import { openingRoute, parseRoute, routeHash, type Route } from '../routes';
import { readPlan } from '../share/link';
import { Awake } from './awake.svelte';
import { Bench } from './bench.svelte';
import { DEMO_METHODS, type DemoMethod } from './demo';
import { Classroom } from './classroom.svelte';
import { Draft } from './draft.svelte';
import { DraftMemory } from './draftMemory';
import { LessonShelf } from './lessons.svelte';
import { Library } from './library.svelte';
import { ModelImport } from './modelImport.svelte';
import { Measuring } from './measuring.svelte';
import { Notices, plainReason } from './notices.svelte';
import { Offline } from './offline.svelte';
import { Project } from './project.svelte';
import { Saving } from './saving';
import { keep, recall, Theme } from './theme.svelte';
import { Upload } from './upload.svelte';
import { Studies } from '../study/studies.svelte';
import { Welcome } from './welcome.svelte';
import { Workshop } from './workshop.svelte';

const CONTEXT = Symbol('lethe');
/** Kept once a run has been started here. */
const BEEN_KEY = 'lethe-been';
const EVERYTHING_DELETED =
  'What this browser kept for this page was deleted, its site data cleared perhaps. A run that is going goes on, and is kept from here on.';

export class App {
  readonly notices = new Notices();
  readonly theme = new Theme();
  readonly library: Library = new Library(
    () => this.bench.going?.id ?? null,
    (run) => void this.takeOver(run),
    () => this.notices.show('error', EVERYTHING_DELETED),
  );
  readonly bench: Bench;
  readonly draft: Draft;
  readonly memory: DraftMemory;
  readonly saving: Saving;
  readonly upload: Upload;
  readonly models: ModelImport;
  readonly project: Project;
  readonly measuring: Measuring;
  readonly offline: Offline;
  readonly welcome: Welcome;
  readonly workshop = new Workshop();
  readonly awake: Awake;
  readonly lessons: LessonShelf;
  readonly classroom: Classroom;
  readonly studies: Studies;
  #store: Promise<PageStore> | null = null;
  #route = $state.raw<Route>(openingRoute(location.hash, recall(BEEN_KEY) !== null));
  #probe = $state.raw<DeviceProbe | null>(null);

  constructor(private readonly services: Services) {
    this.bench = new Bench(services, this.library, this.notices);
    this.awake = new Awake(
      () => this.bench.going?.status === 'running',
      () => this.bench.progress?.stepsPerSecond ?? null,
      this.notices,
    );
    this.measuring = new Measuring(() => this.bench.trainer(), this.library, this.notices);
    const measures = () => this.measuring.now !== null;
    this.studies = new Studies(() => this.store(), this.bench, this.library, this.notices, measures);
    this.draft = new Draft(services.tasks);
    this.memory = new DraftMemory(this.draft);
    this.saving = new Saving(() => this.bench.trainer(), this.notices);
    this.welcome = new Welcome(services.tasks, () => this.bench.trainer(), this.notices);
    this.upload = new Upload(
      () => this.store(),
      () => this.services.files(),
      this.notices,
      // A task that a link names and brings no data of waits for just that name.
      () => this.draft.choices.filter((c) => c.rows !== null).map((c) => c.task.id),
      (choice) => {
        this.draft.offer([choice]);
        this.draft.setRole(choice.task.id, 'train');
      },
    );
    this.models = new ModelImport(
      () => this.services.files(),
      this.notices,
      (source) => this.draft.edit({ model: source }),
    );
    this.project = new Project(
      () => this.services.files(),
      this.notices,
      () => ({ theme: this.theme.choice, ...(this.draft.config && { draft: this.draft.config }) }),
      ({ theme, draft }) => {
        if (theme) this.theme.choose(theme);
        if (draft) this.memory.setUp(draft);
      },
    );
    this.lessons = new LessonShelf(services.lessons, this);
    this.classroom = new Classroom(this.lessons, this.notices);
    this.offline = new Offline(this.notices, () => this.busy);
    addEventListener('hashchange', () => this.#went(parseRoute(location.hash)));
  }

  get route(): Route {
    return this.#route;
  }

  /** Null until the worker has answered. */
  get probe(): DeviceProbe | null {
    return this.#probe;
  }

  /** The run to look at: the one in the address, else the one that is going, else the newest. */
  get shown(): RunResult | null {
    const runId = 'runId' in this.#route ? this.#route.runId : undefined;
    const named = runId === undefined ? undefined : this.bench.find(runId);
    if (named) return named;
    return this.bench.going ?? this.library.runs[0] ?? null;
  }

  store(): Promise<PageStore> {
    this.#store ??= this.services.store();
    return this.#store;
  }

  /** The test rows of a task that a run scored, in their order, with prompts and references. */
  async testRows(task: TaskConfig, count: number): Promise<Example[]> {
    return evaluationSample((await this.services.tasks.load(task)).test, count);
  }

  go(route: Route): void {
    location.hash = routeHash(route);
    this.#went(route);
  }

  /** Whether a reload would take something away from the person. */
  get busy(): boolean {
    const { upload, models, project } = this;
    const reading = upload.reading || upload.fetching || upload.files !== null || models.busy || project.busy;
    return this.taken || reading;
  }

  /** Whether this page's trainer is at work: on a run, on a study between two of its runs, on what was measured. */
  get taken(): boolean {
    const { bench, studies, measuring } = this;
    return bench.going !== null || bench.busy || studies.going !== null || measuring.now !== null;
  }

  /** One stage on or back through the run that is looked at. */
  lookAtStage(by: 1 | -1): void {
    const run = this.#route.place === 'start' ? this.welcome.recorded : this.shown;
    if (!run) return;
    this.workshop.step(
      by,
      run.matrix.map(({ stage }) => stage),
    );
    const { stage } = this.workshop;
    const seen = headline(upTo(run, stage))?.text ?? '';
    this.notices.say(stage === null ? `The whole run. ${seen}` : `After stage ${stage}. ${seen}`);
  }

  /** Stops what is going or starting. A study that it belongs to rests, which else would try the run once more. */
  stop(): void {
    if (this.studies.going === null) this.bench.stop();
    else this.studies.stop();
  }

  /** Stops what is going or starting and goes back to the first screen; what is kept stays. */
  startOver(): void {
    if (this.taken) this.stop();
    this.go({ place: 'start' });
  }

  #went(route: Route): void {
    // Another run is looked at as a whole.
    this.workshop.lookAtAll();
    this.#route = route;
    this.#openLink();
  }

  /** Reads what is kept and what is served; each part that fails says so and leaves the others be. */
  async open(): Promise<void> {
    void sweepDownloads();
    await Promise.all([
      this.notices.guard(async () => this.library.open(await this.store()), 'What is kept could not be read'),
      this.notices.guard(() => this.studies.open(), 'The studies could not be read'),
      this.notices.guard(
        async () => this.draft.offer(await this.services.tasks.samples()),
        'The sample tasks could not be read',
      ),
    ]);
    this.draft.offer(this.library.datasets.flatMap((d) => choiceOfDataset(d.meta) ?? []));
    this.memory.recall();
    this.draft.propose();
    this.#openLink();
    await this.notices.guard(async () => {
      this.#probe = await (await this.bench.trainer()).probe();
    }, 'The trainer could not be started');
  }

  /** Runs the plan as it is set up, and shows it. */
  async run(): Promise<void> {
    const { config, missing } = this.draft;
    if (missing.length > 0) {
      this.notices.show('error', `Bring the file of ${missing.join(', ')} first: a link holds no data.`);
      return;
    }
    if (config) await this.notices.guard(() => this.start(config), 'The run could not be started');
  }

  /** Sets the demo up in the form, so that it can be changed afterwards, and runs it. */
  async runDemo(method: DemoMethod): Promise<void> {
    await this.notices.guard(async () => {
      const demo = parseRunConfig({ ...(await this.services.tasks.demo()), method: DEMO_METHODS[method] });
      if (!demo.ok) throw new Error(demo.problems.map(({ message }) => message).join(' '));
      const { name, ...config } = demo.config;
      this.draft.like({ ...config, name: `${name ?? 'Demo'}, ${method}` });
      await this.start(this.draft.config ?? demo.config);
    }, 'The demo could not be started');
  }

  async start(config: RunConfig): Promise<string> {
    keep(BEEN_KEY, 'yes');
    // Kept before the first step: a run that is worth the wait is worth the room.
    void this.store().then(
      (store) => store.persist(),
      () => undefined,
    );
    const runId = await this.bench.start(config);
    this.go({ place: 'bench', runId });
    return runId;
  }

  async resume(runId: string): Promise<void> {
    await this.notices.guard(() => this.bench.resume(runId), 'The run could not be continued');
  }

  /**
   * Goes on with a run that this tab shows and another one trained until it was closed. Several tabs may try; the
   * run's lock lets one of them through, and for the others it goes on elsewhere as before.
   */
  async takeOver(run: RunResult): Promise<void> {
    if (this.bench.going || this.bench.busy || this.shown?.id !== run.id) return;
    try {
      await this.bench.resume(run.id);
      this.notices.show('info', `The tab that trained “${run.name}” is gone; the run goes on in this one.`);
    } catch (error) {
      if ((await heldRuns())?.has(run.id)) return;
      this.notices.show('error', 'The run could not be taken over from another tab', {
        why: [plainReason(error)],
      });
    }
  }

  /** Lengths of examples in the tokens of a model. */
  async measure(question: FilesQuestions['lengths'], signal: AbortSignal): Promise<FilesAnswers['lengths']> {
    return await (await this.services.files()).ask('lengths', question, { signal });
  }

  /** How many words a model writes with. */
  async vocabulary(model: RunConfig['model']): Promise<number> {
    return (await (await this.services.files()).ask('vocabulary', { model })).size;
  }

  /** Sets up the plan of the link in the address, and goes to the bench. */
  #openLink(): void {
    if (this.#route.place !== 'open') return;
    const { link } = this.#route;
    // Back leads to where one came from, not to the link again.
    history.replaceState(null, '', routeHash({ place: 'bench' }));
    this.#route = { place: 'bench' };
    try {
      this.draft.open(readPlan(link));
      this.notices.show('info', 'The plan of the link is set up. “Run it on this machine” trains it.');
    } catch (error) {
      this.notices.show('error', 'The link could not be opened', { why: [plainReason(error)] });
    }
  }
}

export function provideApp(app: App): void {
  setContext(CONTEXT, app);
}

export function useApp(): App {
  return getContext<App>(CONTEXT);
}
