import { describe, expect, it } from 'vitest';
import { axpy, fill } from '../ops/vector/vector';
import { ProgramBuilder, whole, type ProgramBuffer } from '../program/program';
import { packUniforms, planProgram, type PlannedLaunch } from './load';
import { placeScratch } from './placement';
import { ScratchPool } from './scratchPool';

const traits = { software: true, swiftShader: false, maxBindingBytes: 4096, halves: false, subgroup: 0 };
const arena = (length: number): ProgramBuffer => ({ name: 'arena', kind: 'arena', dtype: 'f32', length });
const plan = (p: ProgramBuilder): ReturnType<typeof planProgram> => planProgram(p.build(), traits);

describe('planProgram', () => {
  it('binds what is read beside what is written in the same buffer as writable', () => {
    const buffer = arena(128);
    const p = new ProgramBuilder('apart');
    axpy(p, { buffer, offset: 64, length: 64 }, { buffer, offset: 0, length: 64 }, 64, 1, 1);
    const [step] = plan(p).steps as [PlannedLaunch];
    expect(step.request.bindings.map(({ name, writable }) => [name, writable])).toEqual([
      ['x', true],
      ['y', true],
    ]);
  });

  it('refuses to read and write the same range', () => {
    const x = whole(arena(64));
    const p = new ProgramBuilder('same');
    axpy(p, x, x, 64, 1, 1);
    expect(() => plan(p)).toThrow('axpy: x and y overlap in arena, and one is written');
  });

  it('says what is too large to bind', () => {
    const p = new ProgramBuilder('large');
    fill(p, whole(arena(1025)), 1025, 1);
    expect(() => plan(p)).toThrow('fill: x (arena) spans 4100 bytes; this device binds at most 4096 at once');
  });

  it('zeroes without a kernel', () => {
    const p = new ProgramBuilder('zero');
    fill(p, whole(arena(70)), 70, 0);
    expect(plan(p).steps).toMatchObject([{ clear: { offset: 0, length: 70 } }]);
  });

  it('refuses an operation that it has no kernel for', () => {
    const p = new ProgramBuilder('new');
    p.emit({ name: 'transmute', opcode: 99, bindings: [], ints: [], floats: [] }, []);
    expect(() => plan(p)).toThrow('WebGPU has no kernel for transmute');
  });
});

describe('packUniforms', () => {
  it('lays ints and floats at aligned offsets, in the order of the struct', () => {
    const p = new ProgramBuilder('two');
    axpy(p, whole(arena(8)), whole(arena(8)), 8, 0.5, -2);
    fill(p, whole(arena(4)), 4, 1);
    const launches = plan(p).steps as PlannedLaunch[];
    const { data, offsets, sizes } = packUniforms(launches, 256);
    expect(offsets).toEqual([0, 256]);
    // groups, groupsX, length, a, b, units take 6 places of 4 bytes.
    expect(sizes).toEqual([32, 32]);
    const words = new Uint32Array(data);
    const floats = new Float32Array(data);
    expect([...words.subarray(0, 3)]).toEqual([1, 1, 8]);
    expect([...floats.subarray(3, 5)]).toEqual([0.5, -2]);
    expect(words[5]).toBe(2);
  });
});

describe('placeScratch', () => {
  const scratch = (length: number): ProgramBuffer => ({
    name: `${length}`,
    kind: 'scratch',
    dtype: 'f32',
    length,
  });

  it('shares a slot among buffers that never live at once, and only those', () => {
    const [a, b, c, d] = [scratch(10), scratch(20), scratch(30), scratch(5)];
    const { slots, slotOf } = placeScratch(
      new Map([
        [a, { first: 0, last: 1 }],
        [b, { first: 1, last: 2 }],
        [c, { first: 3, last: 4 }],
        [d, { first: 2, last: 3 }],
      ]),
    );
    expect(slots).toEqual([30, 10]);
    expect([a, b, c, d].map((x) => slotOf.get(x))).toEqual([1, 0, 0, 1]);
  });
});

describe('ScratchPool', () => {
  const pool = () => {
    const alive = new Set<GPUBuffer>();
    const scratch = new ScratchPool(
      (size) => {
        const buffer = { size } as GPUBuffer;
        alive.add(buffer);
        return buffer;
      },
      (buffer) => alive.delete(buffer),
    );
    return { alive, scratch };
  };

  it('gives programs the same buffers, and destroys them after the last', () => {
    const { alive, scratch } = pool();
    const first = scratch.take([1000, 300]);
    const second = scratch.take([256, 900]);
    expect(new Set(second)).toEqual(new Set(first));
    expect(second[1]!.size).toBeGreaterThanOrEqual(900);
    scratch.giveBack(first);
    expect(alive.size).toBe(2);
    scratch.giveBack(second);
    expect(alive.size).toBe(0);
  });

  it('gives one program different buffers, and makes a larger one where none fits', () => {
    const { alive, scratch } = pool();
    const small = scratch.take([256]);
    const both = scratch.take([256, 256, 5000]);
    expect(new Set(both).size).toBe(3);
    expect(both).toContain(small[0]);
    expect(alive.size).toBe(3);
  });
});
