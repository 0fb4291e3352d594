/** What is done to good input: bytes and values that are changed a little, or replaced altogether. */
import fc from 'fast-check';

interface Edit {
  kind: 'delete' | 'insert' | 'change' | 'repeat' | 'cut';
  /** Place, as a share of the length. */
  at: number;
  length: number;
  byte: number;
}

/** Bytes that mean something to the formats that are read. */
const signs = [
  0, 9, 10, 13, 34, 39, 44, 45, 48, 57, 58, 59, 91, 92, 93, 123, 124, 125, 127, 128, 192, 224, 255,
];

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('delete', 'insert', 'change', 'repeat', 'cut'),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 400 })),
  byte: fc.oneof(fc.constantFrom(...signs), fc.integer({ min: 0, max: 255 })),
});

function applied(bytes: Uint8Array, { kind, at, length, byte }: Edit): Uint8Array {
  const from = Math.floor(at * (bytes.length + 1));
  const before = bytes.subarray(0, from);
  const joined = (...parts: Uint8Array[]) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let end = 0;
    for (const part of parts) {
      whole.set(part, end);
      end += part.length;
    }
    return whole;
  };
  switch (kind) {
    case 'delete':
      return joined(before, bytes.subarray(from + length));
    case 'insert':
      return joined(before, new Uint8Array(Math.min(length, 8)).fill(byte), bytes.subarray(from));
    case 'change': {
      const copy = bytes.slice();
      if (from < copy.length) copy[from] = byte;
      return copy;
    }
    case 'repeat':
      return joined(before, bytes.subarray(from, from + length), bytes.subarray(from));
    case 'cut':
      return before;
  }
}

/** A file, and whether it is still what it was made as. */
export interface Damaged {
  bytes: Uint8Array<ArrayBuffer>;
  whole: boolean;
}

/** A file as it was, one with a few edits, or bytes of no kind at all. */
export const damaged = <T>(
  made: fc.Arbitrary<T>,
  write: (value: T) => Uint8Array,
): fc.Arbitrary<{ made: T } & Damaged> =>
  fc
    .tuple(
      made,
      fc.oneof(
        { weight: 1, arbitrary: fc.constant([]) },
        { weight: 3, arbitrary: fc.array(edit, { minLength: 1, maxLength: 3 }) },
      ),
      fc.oneof(
        { weight: 19, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
      ),
    )
    .map(([value, edits, noise]) => {
      const good = write(value);
      const bytes = noise ?? edits.reduce(applied, good);
      const whole = bytes.length === good.length && bytes.every((byte, i) => byte === good[i]);
      return { made: value, bytes: new Uint8Array(bytes), whole };
    });

/** Values that take the place of others: of another type, at the edge of a range, or with names that objects have. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    -1e308,
    2 ** 53,
    '',
    'x',
    [],
    {},
    [[]],
    ['__proto__'],
  ),
  fc.constantFrom<unknown>('__proto__', 'constructor', '../../x', 'a'.repeat(30_000), '\u0000', '\uD800'),
  fc.jsonValue({ maxDepth: 3 }),
);

/** As `splice`, which trips over a list that was given a `constructor`. */
function removeAt(list: unknown[], at: number): void {
  if (!(at < list.length)) return;
  for (let i = at; i < list.length - 1; i++) list[i] = list[i + 1];
  list.length--;
}

/** A JSON value with some of its parts replaced, removed or added. */
export function changedJson(good: unknown): fc.Arbitrary<{ value: unknown; whole: boolean }> {
  const change = fc.record({
    path: fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }),
    what: fc.constantFrom('replace', 'remove', 'add'),
    key: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('__proto__', 'constructor', 'toString')),
    value: odd,
  });
  return fc.array(change, { maxLength: 3 }).map((changes) => {
    const value = structuredClone(good);
    for (const { path, what, key, value: other } of changes) {
      let parent: Record<string, unknown> | null = null;
      let name = '';
      let now: unknown = value;
      for (const step of path) {
        if (typeof now !== 'object' || now === null) break;
        const keys = Object.keys(now);
        if (keys.length === 0) break;
        parent = now as Record<string, unknown>;
        name = keys[step % keys.length]!;
        now = parent[name];
      }
      if (!parent) continue;
      if (what === 'replace') parent[name] = other;
      else if (what === 'remove' && Array.isArray(parent)) removeAt(parent, Number(name));
      else if (what === 'remove') Reflect.deleteProperty(parent, name);
      else
        Object.defineProperty(parent, key, {
          value: other,
          enumerable: true,
          configurable: true,
          writable: true,
        });
    }
    return { value, whole: JSON.stringify(value) === JSON.stringify(good) };
  });
}
