import { describe, expect, it } from 'vitest';
import type { KnowledgeScore, RunResult } from '../../run/result';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { matrixCsv } from './exports';
import { knowledgeTables } from './knowledge';
import { stageRows } from './stageMeasures';

const knowing = (value: number, formatLoss: number, compared: number, all: number): KnowledgeScore => ({
  score: { value, low: value - 5, high: value + 5, n: 64 },
  formatLoss,
  labels: { compared, all },
});

/** Reviews are known still after Tickets, and said no more; of Tickets' 77 labels 12 are compared. */
function known(): RunResult {
  const run = fixtureRun();
  const found: Record<string, KnowledgeScore[]> = {
    reviews: [knowing(50, 0, 2, 2), knowing(95, 3, 2, 2), knowing(90, 50, 2, 2)],
    tickets: [knowing(10, 6, 12, 77), knowing(12, 8, 12, 77), knowing(88, 2, 12, 77)],
  };
  return {
    ...run,
    matrix: run.matrix.map((row) => ({
      ...row,
      scores: row.scores.map((score) => {
        const knowledge = found[score.task]?.[row.stage];
        return knowledge ? { ...score, knowledge } : score;
      }),
    })),
    metrics: {
      ...run.metrics,
      curve: [
        { stage: 1, averageAccuracy: 92 },
        { stage: 2, averageAccuracy: 63.5 },
      ],
      learning: [
        { task: 'reviews', area: 80.25, stepsToMostGain: 101.6 },
        { task: 'tickets', area: 61, stepsToMostGain: null },
      ],
    },
  };
}

describe('knowledge', () => {
  it('is told beside what is said, for each task with labels, after each stage', () => {
    const tables = knowledgeTables(known());
    expect(tables.map(({ task }) => task.name)).toEqual(['Reviews', 'Tickets']);
    expect(
      tables[0]!.rows.map((row) => [row.label, row.knows, row.interval, row.says, row.formatLoss]),
    ).toEqual([
      ['before training', '50 %', '45–55', '50 %', '0'],
      ['after Reviews', '95 %', '90–100', '92 %', '3'],
      ['after Tickets', '90 %', '85–95', '40 %', '50'],
    ]);
    // 49 % of the answers are labels of the task.
    expect(tables[0]!.rows.at(-1)!.outside).toBe('51 %');
  });

  it('says of how many labels the right one was found, and when there are more', () => {
    expect(knowledgeTables(known()).map(({ compared }) => compared)).toEqual([
      'All 2 labels compared; on the first 64 test rows.',
      '12 of the task’s 77 labels compared for each row, which is easier than all of them; on the first 64 test rows.',
    ]);
  });

  it('leaves dashes where it was not measured, and free text out', () => {
    const tables = knowledgeTables(fixtureRun());
    expect(tables.map(({ task, compared }) => [task.id, compared])).toEqual([
      ['reviews', null],
      ['tickets', null],
    ]);
    expect(tables[0]!.rows[2]).toMatchObject({
      knows: '–',
      interval: null,
      says: '–',
      formatLoss: '–',
      outside: '51 %',
    });
  });

  it('leaves with the matrix as a sheet', () => {
    const [head = '', ...lines] = matrixCsv(known()).split('\r\n');
    const columns = head.split(',');
    const cells = (line: string, names: string[]) =>
      names.map((name) => line.split(',')[columns.indexOf(name)]);
    const names = ['task', 'knows', 'says', 'format_loss', 'labels_compared', 'labels_all'];
    expect(cells(lines[6]!, names)).toEqual(['reviews', '90', '40', '50', '2', '2']);
    expect(cells(lines[8]!, names)).toEqual(['dialogue', '', '', '', '', '']);
    const speed = ['average_accuracy', 'learning_area', 'steps_to_most_gain'];
    expect(lines.slice(3, 8).map((line) => cells(line, speed))).toEqual([
      ['92', '80.25', '101.6'],
      ['92', '', ''],
      ['92', '', ''],
      ['63.5', '', ''],
      ['63.5', '61', ''],
    ]);
  });
});

describe('stage by stage', () => {
  it('has the average so far and how fast the own task was learnt', () => {
    expect(stageRows(known())).toEqual([
      { stage: 1, label: 'after Reviews', averageAccuracy: '92.0', area: '80.3', stepsToMostGain: '102' },
      { stage: 2, label: 'after Tickets', averageAccuracy: '63.5', area: '61.0', stepsToMostGain: '–' },
    ]);
    expect(stageRows(fixtureRun())).toEqual([]);
  });

  it('gives the area of a loss in nats, and of joint training the average alone', () => {
    const base = fixtureConfig();
    const tasks = base.tasks.map((task) => ({ ...task, metric: 'loss' as const }));
    const [first] = stageRows({ ...known(), config: { ...base, tasks } });
    expect(first!.area).toBe('80.250 nats');
    const joint: RunResult = {
      ...known(),
      config: fixtureConfig({ method: { name: 'joint' } }),
      bands: [{ stage: 1, task: '*', from: 0, to: 400 }],
      metrics: { ...fixtureRun().metrics, curve: [{ stage: 1, averageAccuracy: 70 }] },
    };
    expect(stageRows(joint)).toEqual([
      { stage: 1, label: 'after all tasks', averageAccuracy: '70.0', area: '–', stepsToMostGain: '–' },
    ]);
  });
});
