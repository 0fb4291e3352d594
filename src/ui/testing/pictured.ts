/** Made-up runs with all that the pictures show, for unit tests and for looking at the page. */
import { packBits, packCodes } from '../../run/outcomes';
import type { MethodInput } from '../../run/methods';
import type { KnowledgeScore, RunResult } from '../../run/result';
import { fixtureConfig, fixtureRun } from './fixture';

export const LABELS = ['billing', 'delivery', 'negative', 'positive'];

interface Answered {
  task: string;
  /** For each row the label that is right, counted from 1. */
  references: number[];
  /** After each stage the codes answered. */
  answers: number[][];
}

/** Eight test rows of Reviews, all right after stage 1: three of them lost to tickets' labels, one to its own, one to none. */
export const ANSWERED: Answered[] = [
  {
    task: 'reviews',
    references: [3, 4, 3, 4, 3, 4, 3, 4],
    answers: [
      [3, 3, 4, 4, 3, 4, 3, 4],
      [3, 4, 3, 4, 3, 4, 3, 4],
      [1, 1, 2, 4, 4, 0, 3, 4],
    ],
  },
  {
    task: 'tickets',
    references: [1, 2, 1, 2],
    answers: [
      [0, 0, 4, 2],
      [3, 4, 3, 2],
      [1, 2, 1, 1],
    ],
  },
];

/** Of rows that are no longer said right half are known; of Tickets only two labels of four are compared. */
function knowing({ task, references }: Answered, answers: number[], stage: number): KnowledgeScore {
  const n = references.length;
  const said = answers.filter((answer, i) => answer === references[i]).length;
  const value = (100 * (said + (stage === 0 ? 0 : (n - said) / 2))) / n;
  const score = { value, low: Math.max(0, value - 20), high: Math.min(100, value + 20), n };
  const all = task === 'tickets' ? 4 : 2;
  return { score, formatLoss: value - (100 * said) / n, labels: { compared: 2, all } };
}

/** A finished run with outcomes, knowledge, relearning, weight changes and mixes. */
export function pictured(): RunResult {
  const run = fixtureRun();
  const matrix = run.matrix.map((row) => ({
    ...row,
    scores: row.scores.map((score) => {
      const known = ANSWERED.find(({ task }) => task === score.task);
      const answers = known?.answers[row.stage];
      if (!known || !answers) return score;
      const right = packBits(answers.map((answer, i) => answer === known.references[i]));
      const knowledge = knowing(known, answers, row.stage);
      return { ...score, knowledge, outcomes: { right, answers: packCodes(answers) } };
    }),
  }));
  const again = run.evaluations
    .filter((e) => e.task === 'reviews' && e.step <= 200)
    .map(({ step, score, loss }) => ({
      step: step / 2,
      score: { ...score, value: Math.min(100, 41 + (score.value - 55) * 1.35) },
      loss,
    }))
    .map((p) => ({ ...p, score: { ...p.score, low: p.score.value - 6, high: p.score.value + 6 } }));
  return {
    ...run,
    matrix,
    labels: LABELS,
    testRows: ANSWERED.map(({ task, references }) => ({
      task,
      n: references.length,
      of: references.length,
      references: packCodes(references),
      labels: packCodes([...new Set(references)].sort()),
    })),
    lost: [
      {
        task: 'reviews',
        stage: 2,
        prompt: 'It broke.\nPositive or negative?',
        reference: 'negative',
        answer: 'billing',
      },
      {
        task: 'reviews',
        stage: 2,
        prompt: 'I love it.\nPositive or negative?',
        reference: 'positive',
        answer: 'billing',
      },
    ],
    relearning: [{ task: 'reviews', points: again }],
    metrics: {
      ...run.metrics,
      curve: [
        { stage: 1, averageAccuracy: 92 },
        { stage: 2, averageAccuracy: 63.5 },
      ],
      learning: [
        { task: 'reviews', area: 81.4, stepsToMostGain: 103.6 },
        { task: 'tickets', area: 64.9, stepsToMostGain: 103.2 },
      ],
      savings: [{ task: 'reviews', criterion: 88.3, firstSteps: 120, againSteps: 45, percent: 62.5 }],
    },
    weightChanges: [{ stage: 2, tensors: tensors() }],
    interpolations: [
      {
        stage: 2,
        points: [0, 1, 0.5, 0.25, 0.75].map((alpha) => ({
          alpha,
          scores: [92 - 51 * alpha ** 3, 4 + 82 * Math.sqrt(alpha), 22 - 8 * alpha].map((value, i) => ({
            task: ['reviews', 'tickets', 'dialogue'][i] ?? '',
            score: { value, low: value - 5, high: value + 5, n: 100 },
            loss: 1,
          })),
        })),
      },
    ],
  };
}

/** Norms as of a small T5 of two layers a stack: the later, the more changed. */
function tensors(): { name: string; change: number; norm: number }[] {
  const attention = (prefix: string) => ['q', 'k', 'v', 'o'].map((part) => `${prefix}.${part}.weight`);
  const names = ['encoder', 'decoder'].flatMap((stack) =>
    [0, 1].flatMap((i) => {
      const at = `${stack}.block.${i}.layer`;
      const cross = stack === 'decoder' ? attention(`${at}.1.EncDecAttention`) : [];
      const dense = `${at}.${stack === 'decoder' ? 2 : 1}.DenseReluDense`;
      return [
        ...attention(`${at}.0.SelfAttention`),
        `${at}.0.layer_norm.weight`,
        ...cross,
        `${dense}.wi_0.weight`,
        `${dense}.wi_1.weight`,
        `${dense}.wo.weight`,
      ];
    }),
  );
  return ['shared.weight', ...names].map((name, i) => ({ name, norm: 10, change: 0.1 + i * 0.02 }));
}

const METHODS: [MethodInput, keep: number, learnt: number][] = [
  [{ name: 'sequential' }, 0, 0],
  [{ name: 'replay', memory: 'share', share: 0.01 }, 0.45, -1],
  [{ name: 'replay', memory: 'share', share: 0.05 }, 0.75, -2],
  [{ name: 'replay', memory: 'share', share: 0.2 }, 0.9, -4],
  [{ name: 'lwf' }, 0.4, -3],
  [{ name: 'ewc' }, 0.3, -9],
  [{ name: 'wise-ft' }, 0.5, -14],
];

/** Several methods over three seeds each. */
export function studyRuns(): RunResult[] {
  return METHODS.flatMap(([method, keep, change], i) =>
    [0, 1, 2].map((seed): RunResult => {
      const wobble = Math.sin(7 * i + 3 * seed);
      const config = fixtureConfig({ method, seed });
      const run = fixtureRun({ id: `run-${i}-${seed}`, keep: keep + 0.03 * wobble, config });
      const matrix = run.matrix.map((row) => ({
        ...row,
        scores: row.scores.map((s) =>
          s.task === 'tickets' && row.stage === 2
            ? { ...s, score: { ...s.score, value: s.score.value + change + wobble } }
            : s,
        ),
      }));
      const left = matrix[2]?.scores[0]?.score.value ?? 0;
      return { ...run, matrix, metrics: { ...run.metrics, retention: (100 * left) / 92 } };
    }),
  );
}
