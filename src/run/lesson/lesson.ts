/**
 * A lesson: a question, a line that the reader draws before training, runs that answer it, and what to look at
 * afterwards. `public/lessons/*.json` are lessons; each run of one has a recording that the lab makes
 * (`npm run lessons`). `docs/lessons.md` says how to write one.
 */
import * as v from 'valibot';
import { parseRunConfig, type ConfigProblem, type RunConfig } from '../config';

const id = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected lower-case letters, digits, -'));
const words = v.pipe(v.string(), v.minLength(1), v.maxLength(2000));
const paragraphs = v.pipe(v.array(words), v.minLength(1), v.maxLength(8));

/** What a lesson may change of its base config, as a whole key each. */
const Change = v.strictObject({
  plan: v.optional(v.looseObject({})),
  method: v.optional(v.looseObject({})),
  lora: v.optional(v.looseObject({})),
  optimizer: v.optional(v.looseObject({})),
  batchSize: v.optional(v.number()),
  seed: v.optional(v.number()),
});

/**
 * What is said after the run, from its figures. `change`: a task from its start (before the run, or where it was
 * learnt) to the end. `against`: the same task at the end of two runs, on the same rows. `cost`: what each run took.
 * `mix`: a task between the weights before and after.
 */
export const Finding = v.variant('kind', [
  v.strictObject({ kind: v.literal('change'), id, run: id, task: id }),
  v.strictObject({ kind: v.literal('against'), id, run: id, other: id, task: id }),
  v.strictObject({ kind: v.literal('cost'), id }),
  v.strictObject({ kind: v.literal('mix'), id, run: id, task: id, alpha: v.number() }),
]);

/** What a finding means, by how it turned out; what is left out is not commented on. */
const Says = v.strictObject({
  more: v.optional(words),
  less: v.optional(words),
  same: v.optional(words),
});

/** All that a lesson says, in one language. */
export const LessonWords = v.strictObject({
  title: words,
  question: words,
  /** One line for the list of lessons. */
  teaser: words,
  setting: paragraphs,
  draw: words,
  /** Names of the runs, by id. */
  runs: v.record(id, words),
  /** By the finding's id. */
  says: v.record(id, Says),
  /** What holds whatever the run showed. */
  after: paragraphs,
  change: words,
  /** For a class, or for oneself. */
  ask: v.pipe(v.array(words), v.minLength(1), v.maxLength(6)),
});

export const Paper = v.strictObject({
  text: words,
  url: v.pipe(
    v.string(),
    v.regex(/^https:\/\/(arxiv\.org\/abs|doi\.org)\//, 'expected an arXiv or DOI address'),
  ),
});

const Shape = v.strictObject({
  version: v.literal(1),
  id,
  /** Score by training step, or by the share of the new weights in a mix of those before and after. */
  picture: v.picklist(['steps', 'mixes']),
  /** The task whose line is drawn. */
  task: id,
  /** The run whose line is drawn; those before it in `runs` are shown from the start. */
  draw: id,
  base: v.looseObject({}),
  runs: v.pipe(
    v.array(
      v.strictObject({
        id,
        change: v.optional(Change, {}),
        /** The recording, where lessons share one; `lesson.run` where it is left out. */
        recorded: v.optional(id),
      }),
    ),
    v.minLength(1),
    v.maxLength(4),
  ),
  /** Places of the mixes, for that picture. */
  mixes: v.optional(v.pipe(v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1))), v.maxLength(21))),
  findings: v.pipe(v.array(Finding), v.minLength(1), v.maxLength(8)),
  /** The one thing to change, of the run that is drawn. */
  next: Change,
  words: v.intersect([v.object({ en: LessonWords }), v.record(v.string(), LessonWords)]),
  papers: v.pipe(v.array(Paper), v.minLength(1), v.maxLength(6)),
});

export type Finding = v.InferOutput<typeof Finding>;
export type LessonWords = v.InferOutput<typeof LessonWords>;
export type LessonChange = v.InferOutput<typeof Change>;

export interface LessonRun {
  id: string;
  config: RunConfig;
  /** Name of its recording. */
  recorded: string;
}

export interface Lesson extends Omit<v.InferOutput<typeof Shape>, 'base' | 'runs' | 'next'> {
  runs: LessonRun[];
  /** The drawn run with the one thing changed. */
  next: RunConfig;
}

/** Checks a lesson and works out the config of each of its runs. */
export function parseLesson(
  value: unknown,
): { ok: true; lesson: Lesson } | { ok: false; problems: ConfigProblem[] } {
  const parsed = v.safeParse(Shape, value);
  if (!parsed.success)
    return {
      ok: false,
      problems: parsed.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message })),
    };
  const { base, runs, next, ...shape } = parsed.output;
  const problems: ConfigProblem[] = [];
  const configured = (change: LessonChange, path: string): RunConfig | null => {
    const checked = parseRunConfig({ ...base, ...change });
    if (checked.ok) return checked.config;
    problems.push(...checked.problems.map((p) => ({ path: `${path}.${p.path}`, message: p.message })));
    return null;
  };
  const complete = runs.flatMap((run, i) => {
    const config = configured(run.change, `runs.${i}`);
    return config ? [{ id: run.id, config, recorded: run.recorded ?? `${shape.id}.${run.id}` }] : [];
  });
  const drawn = runs.find((run) => run.id === shape.draw);
  const changed = configured({ ...drawn?.change, ...next }, 'next');
  if (problems.length > 0 || !changed) return { ok: false, problems };
  const lesson: Lesson = { ...shape, runs: complete, next: changed };
  const wrong = inconsistencies(lesson);
  return wrong.length > 0 ? { ok: false, problems: wrong } : { ok: true, lesson };
}

/** What no schema can say: every name in the lesson must be of something in it. */
function inconsistencies(lesson: Lesson): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const runs = lesson.runs.map((run) => run.id);
  const must = (known: readonly string[], name: string, path: string) => {
    if (!known.includes(name)) problems.push({ path, message: `"${name}" is none of ${known.join(', ')}` });
  };
  must(runs, lesson.draw, 'draw');
  if (new Set(runs).size !== runs.length) problems.push({ path: 'runs', message: 'two runs share an id' });
  for (const run of lesson.runs) {
    const planned = [...run.config.plan.stages.map((stage) => stage.task), ...run.config.plan.watched];
    must(planned, lesson.task, 'task');
    lesson.findings.forEach((finding, i) => {
      if ('task' in finding) must(planned, finding.task, `findings.${i}.task`);
    });
  }
  lesson.findings.forEach((finding, i) => {
    if ('run' in finding) must(runs, finding.run, `findings.${i}.run`);
    if ('other' in finding) must(runs, finding.other, `findings.${i}.other`);
    if (finding.kind === 'mix')
      must((lesson.mixes ?? []).map(String), String(finding.alpha), `findings.${i}.alpha`);
  });
  if ((lesson.picture === 'mixes') !== (lesson.mixes !== undefined))
    problems.push({ path: 'mixes', message: 'the picture of mixes needs their places, and no other does' });
  for (const [language, said] of Object.entries(lesson.words)) {
    for (const run of runs)
      if (said.runs[run] === undefined)
        problems.push({ path: `words.${language}.runs.${run}`, message: 'the run has no name' });
    for (const name of Object.keys(said.says))
      must(
        lesson.findings.map((finding) => finding.id),
        name,
        `words.${language}.says`,
      );
  }
  return problems;
}

/** The config of the run that is drawn. */
export function drawnRun(lesson: Lesson): LessonRun {
  const run = lesson.runs.find(({ id: name }) => name === lesson.draw);
  if (!run) throw new Error(`the lesson has no run "${lesson.draw}"`);
  return run;
}

/** Where the line is drawn: at each evaluation of the run, or at each mix. */
export function drawnPlaces(lesson: Lesson): number[] {
  if (lesson.mixes) return [...lesson.mixes].sort((a, b) => a - b);
  const { plan, evaluation } = drawnRun(lesson).config;
  const places = new Set([0]);
  let total = 0;
  for (const { steps = 0 } of plan.stages) places.add((total += steps));
  for (let step = evaluation.everySteps; step <= total; step += evaluation.everySteps) places.add(step);
  return [...places].sort((a, b) => a - b);
}
