/** What is picked for a study, and what is said of it before it starts. */
import { describe, expect, test } from 'vitest';
import type { RunConfigInput } from '../../run/config';
import { dueCells, labelsOf, newStudy, reportMarkdown, type StudyRecord } from '../../run/study';
import { fixtureConfig } from '../testing/fixture';
import { form, order, studyFrom } from '../testing/studyForm';
import { pick, setField, sharesOf, studyOf, type StudyForm } from './form';
import { noPictureWords } from '../pictures/captions';
import { StudySetup } from './setup.svelte';
import { estimateWords, planWords } from './words';

const plain = { method: { name: 'sequential', settings: {} }, lora: null } as const;

describe('what is picked', () => {
  test('becomes a study of the plan on the bench, its seed the first', () => {
    const study = studyFrom();
    expect(study.methods.map(({ method }) => method)).toMatchObject([
      { name: 'sequential' },
      { name: 'replay', count: 7 },
    ]);
    expect(study).toMatchObject({ seeds: [7, 8], budget: 'tokens', trials: null });
    expect(dueCells(study, [])).toHaveLength(4);
    // Nothing is measured that a study does not keep.
    expect(fixtureConfig().evaluation.knowledge.examples).toBe(64);
    for (const { run } of [study, studyFrom({ of: 'shares', shares: '0, 10' })])
      expect(run.evaluation.knowledge.examples).toBe(0);
    expect(studyFrom({ trials: true }).trials).toMatchObject({ count: 4 });
    const withLora = studyFrom({ picked: { ...form.picked, lora: {} } });
    expect(dueCells(withLora, []).at(-1)!.config.lora).toMatchObject({ rank: expect.any(Number) as number });
  });

  test('says itself whether tokens are equal, and has nothing learnt again, whatever the plan on the bench does', () => {
    const plan = { ...fixtureConfig().plan, equalTokens: true, relearn: { steps: 5 } };
    const made = studyOf({ ...form, budget: 'steps' }, fixtureConfig({ plan }), order);
    expect(made.ok && made.study.run.plan).toEqual(fixtureConfig().plan);
  });

  test('takes settings from the bench, and gives them up with the tick', () => {
    const on = pick(form, 'ewc', true, { method: { name: 'ewc', settings: { lambda: 5 } }, lora: null });
    expect(on.picked.ewc).toEqual({ lambda: 5 });
    expect(setField(on, 'ewc', { lambda: 6 }).picked.ewc).toEqual({ lambda: 6 });
    expect(pick(on, 'ewc', false, plain).picked).toEqual(form.picked);
    expect(pick(form, 'ewc', true, plain).picked.ewc).toEqual({});
  });

  test('has the settings of the bench for what is picked as it opens, and again when they change there', () => {
    const setup = new StudySetup();
    const bench = (lambda: number) => ({
      method: { name: 'ewc' as const, settings: { lambda } },
      lora: null,
    });
    setup.follow(bench(5000));
    expect(setup.form.picked).toEqual({ sequential: {}, joint: {}, replay: {}, ewc: { lambda: 5000 } });
    setup.edit(setField(setup.form, 'ewc', { lambda: 7 }));
    setup.edit({ seeds: 5 });
    setup.follow(bench(5000));
    expect(setup.form).toMatchObject({ picked: { ewc: { lambda: 7 } }, seeds: 5 });
    setup.follow(bench(100));
    expect(setup.form).toMatchObject({ picked: { ewc: { lambda: 100 } }, seeds: 5 });
    // What is not picked is not picked by the bench.
    setup.follow({ method: { name: 'lwf', settings: {} }, lora: { rank: 4 } });
    expect(Object.keys(setup.form.picked).sort()).toEqual(['ewc', 'joint', 'replay', 'sequential']);
  });

  test('trains adapters where they were chosen, and says so', () => {
    const picked = { sequential: {}, 'o-lora': {}, lora: {} };
    const told = (bench: Partial<RunConfigInput>, which: StudyForm['picked'] = picked) => {
      const study = studyFrom({ picked: which, seeds: 1 }, bench);
      return dueCells(study, []).map(({ method, config }) => [method, config.lora?.rank]);
    };
    // O-LoRA on the bench brings adapters, and they are its own.
    expect(told({ method: { name: 'o-lora' } })).toEqual([
      ['Sequential', undefined],
      ['O-LoRA', 8],
      ['LoRA', 8],
    ]);
    expect(told({ method: { name: 'o-lora' }, lora: { rank: 4 } })).toEqual([
      ['Sequential', undefined],
      ['O-LoRA, LoRA (Rank 4)', 4],
      ['LoRA', 8],
    ]);
    const custom = { sequential: {}, lora: { rank: 16, alpha: null, targets: ['q', 'o'] } };
    expect(told({}, custom)).toEqual([
      ['Sequential', undefined],
      ['LoRA (Rank 16, Beside q o)', 16],
    ]);
    const all = studyFrom({ picked: { sequential: {}, 'o-lora': {}, replay: {} } }, { lora: { rank: 4 } });
    expect(labelsOf(all)).toEqual(['Sequential, LoRA', 'Replay, LoRA', 'O-LoRA']);
    const report = (study: StudyRecord['study']) => reportMarkdown(newStudy('s', study, 'now'), '');
    expect(report(all)).toContain('LoRA adapters of rank 4 and α 16, on q, v, are trained');
    expect(report(studyFrom({}, { method: { name: 'o-lora' } }))).not.toContain('LoRA');
    const shares = studyFrom({ of: 'shares', shares: '0, 10' }, { lora: {} });
    expect(labelsOf(shares)).toEqual(['Replay, 0 %, LoRA', 'Replay, 10 %, LoRA']);
    const bound = studyFrom({ of: 'shares', shares: '0, 10' }, { method: { name: 'o-lora' } });
    expect(dueCells(bound, []).map(({ config }) => config.lora)).toEqual(Array(4).fill(undefined));
  });

  test('takes the settings of LoRA from the bench, where it has any', () => {
    expect(pick(form, 'lora', true, { ...plain, lora: { rank: 4 } }).picked.lora).toEqual({ rank: 4 });
    expect(pick(form, 'lora', true, plain).picked.lora).toEqual({});
  });

  test('is refused in words', () => {
    const problem = (change: Partial<StudyForm>, run = fixtureConfig()) => {
      const made = studyOf({ ...form, ...change }, run, order);
      return made.ok ? '' : made.problem;
    };
    expect(problem({ picked: {} })).toBe('Pick at least one method.');
    expect(problem({ picked: { sequential: {}, ewc: { lambda: -1 } } })).toBe(
      'EWC, λ: must be at least 0, not -1',
    );
    expect(problem({ seeds: 0 })).toMatch(/Seeds: expected a whole number/);
    expect(problem({ seeds: null })).toMatch(/Seeds/);
    const perTask = fixtureConfig({ lora: { adapters: 'per-task' } });
    expect(problem({}, perTask)).toMatch(/^"Replay/);
    expect(problem({ picked: { lora: { rank: 0 } } })).toMatch(/^"LoRA \(Rank 0\)": lora\.rank: /);
    expect(problem({ of: 'shares', shares: '1, x' })).toBe('"x" is no share from 0 to 100 %.');
    expect(problem({ of: 'shares', shares: '5' })).toMatch(/two shares/);
  });

  test('or a sweep over the share of old data', () => {
    expect(sharesOf('10 %, 0; 10 2.5')).toEqual([0, 0.025, 0.1]);
    const study = studyFrom({ of: 'shares', shares: '0, 10, 50', seeds: 1 });
    expect(dueCells(study, []).map(({ config }) => config.method)).toMatchObject([
      { name: 'replay', memory: 'share', share: 0 },
      { share: 0.1 },
      { share: 0.5 },
    ]);
    expect(study.budget).toBe('steps');
  });

  test('is told with what it takes before it starts', () => {
    const rates = { stepSeconds: 0.1, rowSeconds: 0.01, startSeconds: 0, parameters: 1e6, memoryBytes: 1e8 };
    expect(estimateWords(studyFrom({ trials: true }), rates, () => 0)).toMatch(
      /^4 runs and 8 trials, about \d+ min( \d+ s)?; 100 MB on the device; 8.0 MB kept while it goes, .* after\.$/,
    );
    expect(planWords(fixtureConfig())).toBe('Reviews → Tickets; watched Dialogue');
    expect(noPictureWords(fixtureConfig())).toBeNull();
    const one = { stages: [{ task: 'reviews', steps: 20 }], watched: ['dialogue'] };
    expect(noPictureWords(fixtureConfig({ plan: one }))).toMatch(/^This plan trains one task/);
    expect(noPictureWords(fixtureConfig({ plan: { ...one, rehearsed: ['dialogue'] } }))).toBeNull();
  });
});
