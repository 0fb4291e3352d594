import { describe, expect, it } from 'vitest';
import { distance, flatLine, nearest, withHeight, withStroke } from './prediction';

const line = flatLine([0, 40, 80, 120, 160], 62.4);
const heights = (points: { y: number }[]) => points.map(({ y }) => y);

describe('the line that is drawn', () => {
  it('begins flat, where the model is', () => {
    expect(line).toEqual([0, 40, 80, 120, 160].map((x) => ({ x, y: 62 })));
  });

  it('keeps its first point, and stays within 0 and 100', () => {
    expect(heights(withHeight(line, 0, 10))).toEqual(heights(line));
    expect(heights(withHeight(line, 2, 130))).toEqual([62, 62, 100, 62, 62]);
    expect(heights(withHeight(line, 2, -3))).toEqual([62, 62, 0, 62, 62]);
  });

  it('takes the nearest point, never the first', () => {
    expect([-5, 10, 59, 61, 500].map((x) => nearest(line, x))).toEqual([1, 1, 1, 2, 4]);
  });

  it('lays the points that a stroke passes onto it, in either direction', () => {
    expect(heights(withStroke(line, { x: 20, y: 60 }, { x: 120, y: 10 }))).toEqual([62, 50, 30, 10, 62]);
    expect(heights(withStroke(line, { x: 120, y: 10 }, { x: 20, y: 60 }))).toEqual([62, 60, 30, 10, 62]);
  });

  it('sets the nearest point where a pointer is only put down', () => {
    expect(heights(withStroke(line, { x: 90, y: 20 }, { x: 90, y: 20 }))).toEqual([62, 62, 20, 62, 62]);
  });

  it('says how far off it was, from the start on, once the run is at its end', () => {
    const drawn = withStroke(line, { x: 40, y: 60 }, { x: 160, y: 0 });
    expect(heights(drawn)).toEqual([62, 60, 40, 20, 0]);
    const run = [0, 40, 80, 120, 160].map((x, i) => ({ x, y: [62, 50, 40, 30, 12][i]! }));
    expect(distance(drawn, run)).toEqual({ mean: 8, drawnEnd: 0, end: 12 });
    expect(distance(drawn, run.slice(0, 3))).toBeNull();
  });
});
