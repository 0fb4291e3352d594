/** The lessons that the page brings, and their recordings. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRunResult } from '../resultSchema';
import { drawnPlaces, drawnRun, parseHandIn, parseLesson, trimmed, type Lesson } from '.';

const folder = path.resolve(import.meta.dirname, '../../../public/lessons');
const json = (name: string): unknown => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
const names = json('index.json') as string[];

function read(name: string): Lesson {
  const parsed = parseLesson(json(`${name}.json`));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.lesson;
}

const fileOf = (lesson: string, run: string) =>
  path.join('recorded', `${read(lesson).runs.find(({ id }) => id === run)!.recorded}.json`);

function recording(lesson: string, run: string) {
  const parsed = parseRunResult(json(fileOf(lesson, run)));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.result;
}

it('brings six lessons and nothing else', () => {
  expect(names.length).toBeGreaterThanOrEqual(6);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'index.json');
  expect(files.sort()).toEqual(names.map((name) => `${name}.json`).sort());
  const recorded = new Set(names.flatMap((name) => read(name).runs.map((run) => `${run.recorded}.json`)));
  expect(readdirSync(path.join(folder, 'recorded')).sort()).toEqual([...recorded].sort());
});

describe.each(names)('%s', (name) => {
  const lesson = read(name);

  it('is named like its file, and says everything in English and German', () => {
    expect(lesson.id).toBe(name);
    const { en, de } = lesson.words;
    expect(de).toBeDefined();
    const shape = (words: typeof en) => ({
      lengths: [words.setting, words.after, words.ask].map((list) => list.length),
      runs: Object.keys(words.runs),
      says: Object.entries(words.says).map(([id, says]) => [id, Object.keys(says)]),
    });
    expect(shape(de!)).toEqual(shape(en));
  });

  it.each(lesson.runs.map(({ id }) => id))('has a recording of %s, made from its very config', (id) => {
    const run = lesson.runs.find((one) => one.id === id)!;
    const result = recording(name, id);
    expect(result.config).toEqual(run.config);
    expect(result.status).toBe('finished');
    expect(result.device?.backend).toBe('wasm');
    expect(result.step).toBe(result.totalSteps);
    expect(result.losses).toHaveLength(result.totalSteps);
    expect(statSync(path.join(folder, fileOf(name, id))).size).toBeLessThan(60_000);
  });

  it('draws its line where the run is scored', () => {
    const result = recording(name, lesson.draw);
    const scored =
      lesson.picture === 'steps'
        ? result.evaluations.filter(({ task }) => task === lesson.task).map(({ step }) => step)
        : result.interpolations?.[0]?.points.map(({ alpha }) => alpha).sort((a, b) => a - b);
    expect(drawnPlaces(lesson)).toEqual(scored);
    expect(drawnPlaces(lesson)[0]).toBe(0);
  });

  it('has rows to compare on, for every finding', () => {
    for (const finding of lesson.findings) {
      if (!('task' in finding)) continue;
      for (const id of 'other' in finding ? [finding.run, finding.other] : [finding.run]) {
        const { matrix, testRows } = recording(name, id);
        expect(testRows?.find(({ task }) => task === finding.task)?.n).toBe(100);
        for (const row of matrix)
          expect(row.scores.find(({ task }) => task === finding.task)?.outcomes).toBeDefined();
      }
    }
  });
});

describe('parseLesson', () => {
  const whole = json('replay.json') as Record<string, unknown>;
  const problem = (change: Record<string, unknown>) => {
    const parsed = parseLesson({ ...whole, ...change });
    return parsed.ok ? null : parsed.problems[0];
  };

  it.each([
    [{ draw: 'nobody' }, 'draw', /"nobody" is none of plain, replay, lwf/],
    [{ task: 'orders' }, 'task', /"orders" is none of/],
    [{ mixes: [0, 1] }, 'mixes', /no other does/],
    [
      { findings: [{ kind: 'change', id: 'a', run: 'replay', task: 'x' }] },
      'findings.0.task',
      /"x" is none of/,
    ],
    [
      { findings: [{ kind: 'against', id: 'a', run: 'replay', other: 'y', task: 'commands' }] },
      'findings.0.other',
      /"y"/,
    ],
    [
      { runs: [{ id: 'replay', change: { method: { name: 'replay', ratio: 99 } } }] },
      'runs.0.method.ratio',
      /99/,
    ],
    [{ next: { optimizer: { name: 'adamw', learningRate: 0 } } }, 'next.optimizer.learningRate', /0/],
    [{ papers: [{ text: 'x', url: 'http://x.org' }] }, 'papers.0.url', /arXiv/],
  ])('says what is wrong: %j', (change, at, message) => {
    expect(problem(change)).toMatchObject({ path: at, message: expect.stringMatching(message) as string });
  });

  it('gives the drawn run and what follows from it', () => {
    const lesson = read('replay');
    expect(drawnRun(lesson).config.method).toMatchObject({ name: 'replay', count: 50 });
    expect(lesson.next.method).toMatchObject({ name: 'replay', count: 5 });
    expect(lesson.next.plan).toEqual(drawnRun(lesson).config.plan);
  });
});

describe('what is handed in', () => {
  const result = recording('forgetting', 'plain');
  const handIn = {
    kind: 'lethe-hand-in',
    version: 1,
    lesson: 'forgetting',
    name: 'Ada',
    prediction: { run: 'plain', task: 'commands', points: [{ x: 0, y: 60 }] },
    runs: [{ run: 'plain', result: trimmed(result) }],
  };

  it('is read back as it was written', () => {
    const parsed = parseHandIn(JSON.parse(JSON.stringify(handIn)));
    expect(parsed.ok && parsed.handIn.runs[0]?.result.config).toEqual(result.config);
    expect(parsed.ok && parsed.handIn.name).toBe('Ada');
  });

  it.each([
    [{ prediction: { run: 'plain', task: 'commands', points: [{ x: 0, y: 160 }] } }, 'prediction.points.0.y'],
    [{ name: 'x'.repeat(61) }, 'name'],
    [{ runs: [{ run: 'plain', result: { ...result, matrix: 3 } }] }, 'runs.0.result.matrix'],
  ])('is refused where it is wrong: %#', (change, at) => {
    const parsed = parseHandIn({ ...handIn, ...change });
    expect(parsed.ok ? [] : parsed.problems.map(({ path: where }) => where)).toContain(at);
  });
});
