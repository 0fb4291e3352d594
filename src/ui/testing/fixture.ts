/** Made-up runs for unit tests and for looking at the page without training. Not part of the built page. */
import { parseRunConfig, type RunConfig, type RunConfigInput } from '../../run/config';
import type { MatrixRow, RunResult, RunStatus, Sample, TestScore } from '../../run/result';

export const TASKS = ['reviews', 'tickets', 'dialogue'] as const;

export function fixtureConfig(change: Partial<RunConfigInput> = {}): RunConfig {
  const sample = (id: string, name: string, metric: 'exact-match' | 'rouge-l') => ({
    id,
    name,
    metric,
    data: { kind: 'sample' as const, name: id },
  });
  const parsed = parseRunConfig({
    version: 1,
    model: { source: 'bundled', name: 'pocket' },
    tasks: [
      sample('reviews', 'Reviews', 'exact-match'),
      sample('tickets', 'Tickets', 'exact-match'),
      sample('dialogue', 'Dialogue', 'rouge-l'),
    ],
    plan: {
      stages: [
        { task: 'reviews', steps: 200 },
        { task: 'tickets', steps: 200 },
      ],
      watched: ['dialogue'],
    },
    optimizer: { name: 'adamw', learningRate: 5e-4 },
    evaluation: { everySteps: 20 },
    seed: 7,
    ...change,
  } satisfies RunConfigInput);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

interface Shape {
  id?: string;
  /** Steps done of 400. */
  step?: number;
  status?: RunStatus;
  /** How much of what is forgotten stays, 0..1; for runs to compare. */
  keep?: number;
  config?: RunConfig;
}

/** A run of two stages of 200 steps in which Reviews goes 92 → 41. */
export function fixtureRun({
  id = 'run-a',
  step = 400,
  status = 'finished',
  keep = 0,
  config,
}: Shape = {}): RunResult {
  const done = Math.min(step, 400);
  const stages = done >= 400 ? 2 : done >= 200 ? 1 : 0;
  const matrix = Array.from({ length: stages + 1 }, (_, stage) => row(stage, keep));
  const value = (stage: number, task: number) => matrix[stage]?.scores[task]?.score.value ?? 0;
  return {
    version: 1,
    id,
    name: 'Reviews → Tickets',
    status,
    createdAt: `2026-11-24T10:0${id.length % 10}:00.000Z`,
    updatedAt: '2026-11-24T10:09:00.000Z',
    config: config ?? fixtureConfig(),
    device: {
      backend: 'wasm',
      description: 'WASM with SIMD, 2 threads',
      software: false,
      threads: 2,
      userAgent: 'a browser',
    },
    parameters: 2_459_904,
    step: done,
    totalSteps: 400,
    bands: [
      { stage: 1, task: 'reviews', from: 0, to: 200 },
      { stage: 2, task: 'tickets', from: 200, to: 400 },
    ],
    losses: Array.from(
      { length: done },
      (_, i) => 3 * Math.exp(-(i % 200) / 60) + 0.3 + 0.2 * Math.sin(i * 7),
    ),
    evaluations: evaluations(done, keep),
    matrix,
    metrics:
      stages === 2
        ? {
            averageAccuracy: (value(2, 0) + value(2, 1)) / 2,
            backwardTransfer: value(2, 0) - value(1, 0),
            forgetting: value(1, 0) - value(2, 0),
            watched: [{ task: 'dialogue', change: value(2, 2) - value(0, 2) }],
          }
        : { averageAccuracy: null, backwardTransfer: null, forgetting: null, watched: [] },
    samples: samples(stages),
    labels: [],
    testRows: [],
    lost: [],
    timings: Array.from({ length: stages + 1 }, (_, stage) => ({
      stage,
      trainSeconds: stage === 0 ? 0 : 61.4,
      evaluationSeconds: 12.1,
      stepSeconds: stage === 0 ? 0 : 0.307,
    })),
    truncated: [{ task: 'dialogue', source: 4, target: 0, rows: 900 }],
  };
}

function levels(step: number, keep: number): [number, number, number] {
  const rise = (at: number) => 1 - Math.exp(-Math.max(0, step - at) / 45);
  const fall = Math.min(1, rise(200) / (1 - Math.exp(-200 / 45)));
  const risen = Math.min(1, rise(0) / (1 - Math.exp(-200 / 45)));
  return [55 + 37 * risen - (1 - keep) * 51 * fall, 4 + 82 * fall, 31 - 9 * risen - 8 * fall];
}

function evaluations(done: number, keep: number): RunResult['evaluations'] {
  const steps = Array.from({ length: Math.floor(done / 20) + 1 }, (_, i) => i * 20);
  return steps.flatMap((step) =>
    TASKS.map((task, i) => {
      const wave = 1.6 * Math.sin(step * (0.9 + i)) * (step % 200 === 0 ? 0 : 1);
      const value = Math.min(100, Math.max(0, (levels(step, keep)[i] ?? 0) + wave));
      const half = 1.96 * Math.sqrt(Math.max(4, value * (100 - value)) / 100);
      return {
        step,
        stage: step === 0 ? 0 : step <= 200 ? 1 : 2,
        task,
        score: { value, low: Math.max(0, value - half), high: Math.min(100, value + half), n: 100 },
        loss: 3 - value / 40,
      };
    }),
  );
}

function row(stage: number, keep: number): MatrixRow {
  const step = stage * 200;
  const scores = TASKS.map((task, i): TestScore => {
    const value = levels(step, keep)[i] ?? 0;
    return {
      task,
      metric: task === 'dialogue' ? 'rouge-l' : 'exact-match',
      score: { value, low: Math.max(0, value - 6), high: Math.min(100, value + 6), n: 200 },
      loss: 3 - value / 40,
      ...(task === 'dialogue' ? {} : { insideLabelSet: Math.min(100, value + 8) }),
    };
  });
  return { stage, step, scores };
}

function samples(stages: number): Sample[] {
  const answers = (list: [string, boolean][]) =>
    list.slice(0, stages + 1).map(([answer, right], stage) => ({ stage, answer, right }));
  return [
    {
      task: 'reviews',
      prompt:
        'The kettle boils fast but leaks onto the counter every morning.\nIs this review positive or negative?',
      reference: 'negative',
      answers: answers([
        ['positive', false],
        ['negative', true],
        ['billing', false],
      ]),
    },
    {
      task: 'reviews',
      prompt: 'Best boots I have owned; dry feet all winter.\nIs this review positive or negative?',
      reference: 'positive',
      answers: answers([
        ['positive', true],
        ['positive', true],
        ['positive', true],
      ]),
    },
    {
      task: 'tickets',
      prompt: 'Route this ticket: I was charged twice for one order.\nQueue:',
      reference: 'billing',
      answers: answers([
        ['', false],
        ['negative', false],
        ['billing', true],
      ]),
    },
    {
      task: 'dialogue',
      prompt: 'Summarise: A: Are we still on for six? B: Make it seven, the train is late.',
      reference: 'They meet at seven because the train is late.',
      answers: answers([
        ['They meet at seven.', true],
        ['positive', false],
        ['shipping', false],
      ]),
    },
  ];
}
