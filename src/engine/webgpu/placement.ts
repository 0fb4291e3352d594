/** Decides which scratch buffers of a program share memory. */
import type { ProgramBuffer } from '../program/program';

export interface Span {
  readonly first: number;
  readonly last: number;
}

export interface Placement {
  /** Length of each slot in elements. */
  readonly slots: readonly number[];
  readonly slotOf: ReadonlyMap<ProgramBuffer, number>;
}

/**
 * Largest first, each buffer takes the smallest slot in which it meets no buffer whose life overlaps its own.
 * Buffers alive in the same instruction thus never share a slot, as WebGPU demands of what a dispatch reads and
 * writes. @see Pisarchyk & Lee 2020, "greedy by size" for shared objects
 */
export function placeScratch(spans: ReadonlyMap<ProgramBuffer, Span>): Placement {
  const bySize = [...spans].sort(([a, sa], [b, sb]) => b.length - a.length || sa.first - sb.first);
  const slots: { length: number; spans: Span[] }[] = [];
  const slotOf = new Map<ProgramBuffer, number>();
  for (const [buffer, span] of bySize) {
    // Slots are made in falling order of length, so the last that is free is the smallest.
    const free = slots.findLastIndex((slot) =>
      slot.spans.every((other) => other.last < span.first || span.last < other.first),
    );
    const slot = slots[free];
    if (slot) {
      slot.spans.push(span);
      slotOf.set(buffer, free);
    } else {
      slots.push({ length: buffer.length, spans: [span] });
      slotOf.set(buffer, slots.length - 1);
    }
  }
  return { slots: slots.map((slot) => slot.length), slotOf };
}
