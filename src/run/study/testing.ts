/** A small study for tests, and results made up for its cells. */
import { packBits } from '../outcomes';
import { describedCell } from './cellResult';
import {
  parseStudyConfig,
  runStudy,
  type Cell,
  type CellResult,
  type StudyConfig,
  type StudyConfigInput,
  type StudyRecord,
} from '.';

export const input: StudyConfigInput = {
  version: 1,
  run: {
    version: 1,
    model: { source: 'bundled', name: 'pocket' },
    tasks: ['a', 'b', 'w'].map((id) => ({
      id,
      name: id,
      metric: 'exact-match',
      data: { kind: 'sample', name: id },
    })),
    plan: {
      stages: [
        { task: 'a', steps: 10 },
        { task: 'b', steps: 10 },
      ],
      watched: ['w'],
    },
    optimizer: { name: 'adamw', learningRate: 0.001 },
    evaluation: { testExamples: 40 },
  },
  methods: [
    { label: 'Plain', method: { name: 'sequential' } },
    { label: 'Replay', method: { name: 'replay' } },
  ],
  seeds: [0, 1, 2],
  trials: { count: 4, seed: 9 },
};

export function study(change: Partial<StudyConfigInput> = {}): StudyConfig {
  const parsed = parseStudyConfig({ ...input, ...change });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.study;
}

export const ROWS = 40;
const firstRight = (n: number): { right: string } => ({
  right: packBits(Array.from({ length: ROWS }, (_, i) => i < n)),
});

/** What a run of a cell would leave, were it to score so. */
export function resultOf(cell: Cell, { validation = 50, right = [20, 30] } = {}): CellResult {
  const score = (n: number) => ({ value: (100 * n) / ROWS, low: 0, high: 100, n: ROWS });
  const [a = 0, b = 0] = right;
  const row = (stage: number, first: number, second: number) => ({
    stage,
    scores: [
      { task: 'a', score: score(first), loss: 1, outcomes: firstRight(first) },
      { task: 'b', score: score(second), loss: 1, outcomes: firstRight(second) },
    ],
  });
  return {
    ...describedCell(cell),
    status: 'finished',
    finishedAt: '2026-01-01T00:00:00.000Z',
    device: null,
    parameters: 1,
    steps: 20,
    trainSeconds: 10,
    evaluationSeconds: 5,
    stepSeconds: 0.5,
    cost: { trainedTokens: 1000, gradientTokens: 10, forwardTokens: 5, setBytes: 0 },
    validation,
    metrics: {
      averageAccuracy: (50 * (a + b)) / ROWS,
      backwardTransfer: -10,
      forgetting: 10,
      watched: [{ task: 'w', change: -8 }],
      retention: 80,
    },
    matrix: cell.kind === 'trial' ? [] : [row(0, 0, 0), row(1, 36, 0), row(2, a, b)],
  };
}

/** Runs the whole queue with made-up scores. */
export async function worked(
  record: StudyRecord,
  score: (cell: Cell) => Parameters<typeof resultOf>[1],
  order: string[] = [],
): Promise<StudyRecord> {
  return await runStudy(record, {
    run: (cell) => {
      order.push(cell.id);
      return Promise.resolve(resultOf(cell, score(cell)));
    },
    keep: () => Promise.resolve(),
    wanted: () => true,
  });
}
