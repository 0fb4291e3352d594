import { describe, expect, it } from 'vitest';
import { planScratch } from './plan';
import { lifetimes, ProgramBuilder, viewAlignment, type OpSpec, type View } from './program';

const touch = (count: number): OpSpec => ({
  name: 'touch',
  opcode: 0,
  bindings: Array.from({ length: count }, () => ({ name: 'x', access: 'update' as const })),
  ints: [],
  floats: [],
});

function program(uses: View[][]): ReturnType<ProgramBuilder['build']> {
  const p = new ProgramBuilder('test');
  for (const views of uses) p.emit(touch(views.length), views);
  return p.build();
}

describe('planScratch', () => {
  const p = new ProgramBuilder('views');

  it('keeps apart what lives at the same time', () => {
    let state = 7;
    const below = (n: number): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n;
    const views = Array.from({ length: 60 }, (_, i) => p.scratch(`v${i}`, 1 + below(1000)));
    const uses = Array.from({ length: 100 }, (_, i) =>
      [0, 1, 2].map(() => views[Math.min(59, Math.floor((i * 60) / 100) + below(8))]!),
    );
    const built = program(uses);
    const { offsets, length } = planScratch(built);
    const spans = [...lifetimes(built)];
    expect(new Set(offsets.keys())).toEqual(new Set(spans.map(([buffer]) => buffer)));
    for (const [a, lifeA] of spans) {
      const beginA = offsets.get(a)!;
      expect(beginA % viewAlignment).toBe(0);
      expect(beginA + a.length).toBeLessThanOrEqual(length);
      for (const [b, lifeB] of spans) {
        if (a === b || lifeA.last < lifeB.first || lifeB.last < lifeA.first) continue;
        const beginB = offsets.get(b)!;
        expect(beginA + a.length <= beginB || beginB + b.length <= beginA).toBe(true);
      }
    }
  });

  it('lets a chain of buffers use the memory of two', () => {
    const views = Array.from({ length: 20 }, (_, i) => p.scratch(`c${i}`, 640));
    const uses = views.slice(1).map((view, i) => [views[i]!, view]);
    expect(planScratch(program(uses)).length).toBe(2 * 640);
  });

  it('leaves arenas, inputs and outputs out', () => {
    const built = program([[p.input('in', 64), p.scratch('x', 64), p.output('out', 64)]]);
    expect([...planScratch(built).offsets.keys()].map((buffer) => buffer.name)).toEqual(['x']);
  });
});
