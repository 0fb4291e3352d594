import { describe, expect, it } from 'vitest';
import { fixtureRun } from '../testing/fixture';
import { lossView, runView, spread, taskView } from './view';

describe('runView', () => {
  it('labels each line at its end and dashes the watched one', () => {
    const view = runView(fixtureRun(), 'score');
    expect(view.lines.map((l) => [l.end, l.dash.length > 0, l.colour])).toEqual([
      ['Reviews 41', false, 0],
      ['Tickets 86', false, 1],
      ['Dialogue 14', true, 2],
    ]);
    expect([view.x.max, view.y.min, view.y.max]).toEqual([400, 0, 100]);
  });
  it('leaves the loss axis open at the top', () => {
    expect(runView(fixtureRun(), 'loss').y.max).toBeNull();
    expect(lossView(fixtureRun({ step: 50 })).lines[0]!.points).toHaveLength(50);
  });
});

describe('taskView', () => {
  it('has a line a run that knows the task, told apart by colour and dash', () => {
    const runs = ['a', 'b'].map((label) => ({ label, result: fixtureRun({ id: label }) }));
    const view = taskView(runs, 'tickets', 'score');
    expect(view.lines.map((l) => [l.label, l.colour, l.points.length])).toEqual([
      ['a', 0, 21],
      ['b', 1, 21],
    ]);
    expect(view.lines[0]!.dash).not.toEqual(view.lines[1]!.dash);
    expect(taskView(runs, 'unknown', 'score').lines).toEqual([]);
  });
});

describe('spread', () => {
  it('leaves labels with room where they are', () => {
    expect(spread([10, 50, 90], 15, 0, 100)).toEqual([10, 50, 90]);
  });
  it('pushes them apart in their order and keeps them inside', () => {
    expect(spread([50, 52, 48], 15, 0, 100)).toEqual([63, 78, 48]);
    const low = spread([99, 98, 97], 15, 0, 100);
    expect(low).toEqual([100, 85, 70]);
    expect(spread([0, 1], 15, 5, 100)).toEqual([5, 20]);
  });
});
