import { expect, test } from 'vitest';
import { newRecord } from '../continual/record';
import type { RunResult } from '../run/result';
import { bytesToKeep, checkRoom } from './room';
import { config } from './testing';

const record = (changes: Partial<RunResult> = {}): RunResult => ({
  ...newRecord('r', config(), '2026-01-01T00:00:00.000Z'),
  parameters: 1000,
  bands: [
    { stage: 1, task: 'a', from: 0, to: 5 },
    { stage: 2, task: 'b', from: 5, to: 10 },
  ],
  ...changes,
});
const room = (used: number, quota: number | null) => ({
  usage: () => Promise.resolve({ used, quota, kept: 0 }),
});

test('a checkpoint for each stage left and one within a stage, with what the optimiser holds', () => {
  expect(bytesToKeep(record())).toBe(4000 * 3 + 8000);
  const row = (stage: number) => ({ stage, step: 0, scores: [] });
  expect(bytesToKeep(record({ matrix: [row(0), row(1)] }))).toBe(4000 * 2 + 8000);
  const cost = { trainedTokens: 0, gradientTokens: 0, forwardTokens: 0, setBytes: 0, trainedParameters: 10 };
  expect(bytesToKeep(record({ cost }))).toBe(4000 * 3 + 80);
});

test('a run that has no room is refused with the numbers, one that has just enough or is told nothing is not', async () => {
  await expect(checkRoom(room(0, 20_000), record())).resolves.toBeUndefined();
  await expect(checkRoom(room(0, null), record())).resolves.toBeUndefined();
  await expect(checkRoom(room(1, 20_000), record())).rejects.toThrow(/take about .* has .* left/);
});
