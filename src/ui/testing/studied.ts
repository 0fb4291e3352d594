/** A made-up study of a few methods, for looking at the page without training. Not part of the built page. */
import { packBits } from '../../run/outcomes';
import {
  cellResult,
  newStudy,
  parseStudyConfig,
  runStudy,
  type Cell,
  type StudyRecord,
} from '../../run/study';
import { fixtureConfig, fixtureRun } from './fixture';

/** How much of what is forgotten each keeps. */
const KEEP: Readonly<Record<string, number>> = { Sequential: 0.05, Replay: 0.8, EWC: 0.35, LoRA: 0.5 };

/** Rows right or wrong by their seed, as many as the score says. */
function outcomesOf(score: number, rows: number, seed: number) {
  // Seventy-one and 101 have no common factor, so that a row's place is anywhere.
  const right = Array.from({ length: rows }, (_, i) => (71 * i + 29 * seed) % 101 < 1.01 * score);
  return { right: packBits(right), answers: '' };
}

function resultOf(cell: Cell) {
  const { seed } = cell.config;
  const keep = Math.min(1, Math.max(0, (KEEP[cell.method] ?? 0.2) + 0.05 * Math.sin(9 * seed)));
  const run = fixtureRun({ id: cell.id, config: cell.config, keep });
  const matrix = run.matrix.map((row) => ({
    ...row,
    scores: row.scores.map((score, i) => ({
      ...score,
      outcomes: outcomesOf(score.score.value, score.score.n, 10 * seed + i),
    })),
  }));
  const kept = matrix.at(-1)?.scores[0]?.score.value ?? 0;
  const learnt = matrix[1]?.scores[0]?.score.value ?? 1;
  const metrics = { ...run.metrics, retention: (100 * kept) / learnt };
  return cellResult(cell, { ...run, matrix, metrics, memoryBytes: 173e6 + 1e6 * cell.method.length });
}

/** @param cells after which it rests */
export async function fixtureStudy(cells = Infinity): Promise<StudyRecord> {
  const parsed = parseStudyConfig({
    version: 1,
    name: 'Reviews, then tickets',
    run: fixtureConfig(),
    methods: [
      { method: { name: 'sequential' } },
      { method: { name: 'replay' } },
      { method: { name: 'ewc' } },
      { label: 'LoRA', method: { name: 'sequential' }, change: { lora: {} } },
    ],
    seeds: [0, 1, 2],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  let left = cells;
  return await runStudy(newStudy(`study-${cells}`, parsed.study, '2026-11-24T10:00:00.000Z'), {
    run: (cell) => Promise.resolve(resultOf(cell)),
    keep: () => Promise.resolve(),
    wanted: () => left-- > 0,
    now: () => '2026-11-24T10:30:00.000Z',
  });
}
