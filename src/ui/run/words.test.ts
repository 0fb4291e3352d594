import { studyNotes } from '../pictures/captions';
import { studiesOf } from '../pictures/groups';
import { studyRuns } from '../testing/pictured';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../../worker/protocol';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { answerGroups } from './answers';
import { configDifferences } from './differences';
import { captionNotes, comparisonNotes, evaluationsCsv, matrixCsv, runFileName } from './exports';
import { letterOf, tasksTogether } from './names';
import { announcement, progressView } from './progress';

const progress = (change: Partial<Progress>): Progress => ({
  phase: 'training',
  step: 132,
  totalSteps: 400,
  stepsPerSecond: 3.14,
  secondsLeft: 85,
  ...change,
});

describe('progressView', () => {
  it('says the phase, the step, the speed and the time left', () => {
    expect(progressView(progress({ detail: 'Reviews', share: 0.5 }))).toEqual({
      phase: 'Training: Reviews',
      facts: ['step 132 of 400', '3.1 steps/s', 'about 90 s left'],
      done: 0.33,
      phaseDone: 0.5,
    });
  });
  it('tells what is learnt again from what is learnt', () => {
    expect(progressView(progress({ phase: 'relearning', detail: 'Reviews' }))).toMatchObject({
      phase: 'Training again: Reviews',
      facts: ['step 132 of 400', '3.1 steps/s', 'about 90 s left'],
    });
  });
  it('counts seconds a step on slow machines, and leaves out what is not known', () => {
    expect(progressView(progress({ stepsPerSecond: 0.4, secondsLeft: null })).facts).toEqual([
      'step 132 of 400',
      '2.5 s/step',
    ]);
    expect(progressView(progress({ phase: 'paused', detail: 'Reviews' }))).toMatchObject({
      phase: 'Paused',
      facts: ['step 132 of 400'],
    });
    expect(progressView(progress({ phase: 'loading', step: 0, totalSteps: 0 })).facts).toEqual([
      'about 90 s left',
    ]);
  });
});

describe('announcement', () => {
  const run = fixtureRun({ step: 200, status: 'running' });
  const { id: runId, metrics, samples, lost = [], timings } = run;
  it('speaks at the turns of a run and is silent between them', () => {
    const row = fixtureRun().matrix[1]!;
    expect(announcement(run, { type: 'row', runId, row, metrics, samples, lost, timings })).toBe(
      'Stage 1, Reviews, is done and every task is scored.',
    );
    const paused = progress({ phase: 'paused' });
    expect(announcement(run, { type: 'progress', runId, progress: paused })).toBe('Paused at step 132.');
    expect(announcement(run, { type: 'progress', runId, progress: progress({}) })).toBeNull();
    const resting = { ...run, status: 'paused' as const };
    expect(announcement(resting, { type: 'progress', runId, progress: progress({}) })).toBe(
      'The run goes on.',
    );
    expect(announcement(run, { type: 'ended', runId, status: 'finished', result: fixtureRun() })).toBe(
      'The run is finished. Reviews 92 → 41 (−51)',
    );
    expect(
      announcement(run, { type: 'ended', runId, status: 'failed', error: 'no memory', result: run }),
    ).toBe('The run failed: no memory');
    expect(announcement(run, { type: 'losses', runId, from: 0, values: [] })).toBeNull();
  });
});

describe('answers', () => {
  it('groups by task and puts what was lost first', () => {
    const groups = answerGroups(fixtureRun());
    expect(groups.map((g) => [g.task.id, g.rows.map((r) => r.fate)])).toEqual([
      ['reviews', ['lost', 'kept']],
      ['tickets', ['won']],
      ['dialogue', ['lost']],
    ]);
    expect(groups[0]!.stages.map((s) => s.label)).toEqual(['before', 'after Reviews', 'after Tickets']);
  });
  it('leaves open what has only been asked once', () => {
    expect(answerGroups(fixtureRun({ step: 20 }))[0]!.rows.map((r) => r.fate)).toEqual(['open', 'open']);
  });
});

describe('comparing', () => {
  it('lists only the settings that differ', () => {
    const other = fixtureConfig({
      seed: 8,
      name: 'another',
      optimizer: { name: 'adafactor', learningRate: 5e-4 },
    });
    const paths = configDifferences([fixtureConfig(), other]);
    expect(paths.find((d) => d.path === 'seed')?.values).toEqual(['7', '8']);
    expect(paths.find((d) => d.path === 'optimizer.name')?.values).toEqual(['adamw', 'adafactor']);
    expect(paths.find((d) => d.path === 'optimizer.beta1')?.values).toEqual(['0.9', '–']);
    expect(paths.some((d) => d.path === 'name' || d.path === 'optimizer.learningRate')).toBe(false);
    expect(configDifferences([other, other])).toEqual([]);
  });
  it('tells runs of one name apart, and gathers their tasks', () => {
    expect([letterOf(0), letterOf(7)]).toEqual(['A', 'H']);
    expect(tasksTogether([fixtureConfig(), fixtureConfig()]).map((t) => t.id)).toEqual([
      'reviews',
      'tickets',
      'dialogue',
    ]);
  });
});

describe('exports', () => {
  it('writes curves and matrix as CSV with all they need to stand alone', () => {
    const lines = evaluationsCsv(fixtureRun()).split('\r\n');
    expect(lines).toHaveLength(1 + 63);
    expect(lines[0]).toBe('step,stage,task,name,metric,score,low,high,n,loss,seed,backend,run,method');
    expect(lines[1]).toMatch(/^0,0,reviews,Reviews,exact-match,55,.*,100,.*,7,wasm,[a-z]+-[a-z]+,Sequential/);
    const matrix = matrixCsv(fixtureRun()).split('\r\n');
    expect(matrix).toHaveLength(1 + 9);
    expect(matrix[9]).toMatch(/^2,400,dialogue,rouge-l,14,8,20,200,/);
  });
  it('says under pictures of several runs the method, rate and seed of each', () => {
    const other = fixtureConfig({ seed: 8, method: { name: 'ewc' }, lora: { rank: 4 } });
    const notes = comparisonNotes([fixtureRun(), fixtureRun({ id: 'b', config: other })]);
    expect(notes[0]).toContain('stages Reviews (200 steps), Tickets (200 steps)');
    expect(notes[1]).toMatch(/^A: [a-z]+-[a-z]+, .*Sequential.*learning rate 0\.0005, seed 7$/);
    expect(notes[2]).toMatch(/^B: .*EWC.*, LoRA of rank 4, learning rate 0\.0005, seed 8$/);
    const [study] = studiesOf(studyRuns());
    expect(studyNotes(study!, 'A key.').join('\n')).toMatch(/Learning rates 0\.0005; seeds 0, 1, 2/);
  });
  it('names files after the run and says under the picture what it shows', () => {
    expect(runFileName(fixtureRun(), 'chart', 'png')).toBe('lethe-reviews-tickets-chart.png');
    const [plan, settings] = captionNotes(fixtureRun());
    expect(plan).toBe('Model pocket; stages Reviews (200 steps), Tickets (200 steps); watched Dialogue');
    expect(settings).toContain('learning rate 0.0005, constant, batch 8, seed 7');
  });
});
