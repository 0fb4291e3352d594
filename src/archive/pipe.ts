/** From streams that are written to, to pieces that are asked for, one at a time. */

export interface Pipe {
  writable: WritableStream<Uint8Array>;
  /** What is written, as it is asked for; a write is over once its piece has been taken. */
  pieces: () => AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>;
  /** Nothing more comes. */
  end: (failure?: Error) => void;
}

/** Holds one piece, whatever the two sides do. */
export function pipe(): Pipe {
  let ready: Uint8Array<ArrayBuffer> | null = null;
  let taken: () => void = () => undefined;
  let given: () => void = () => undefined;
  let over: { failure: Error | null } | null = null;
  /** Nobody asks any more. */
  let left = false;
  return {
    writable: new WritableStream<Uint8Array>(
      {
        write(piece) {
          if (left) throw new Error('nobody reads it any more');
          if (piece.length === 0) return;
          ready = piece as Uint8Array<ArrayBuffer>;
          return new Promise<void>((resolve) => {
            taken = resolve;
            given();
          });
        },
      },
      { highWaterMark: 1 },
    ),
    async *pieces() {
      try {
        for (;;) {
          if (ready) {
            const piece = ready;
            ready = null;
            yield piece;
            taken();
          } else if (over) {
            if (over.failure) throw over.failure;
            return;
          } else await new Promise<void>((resolve) => (given = resolve));
        }
      } finally {
        left = true;
        taken();
      }
    },
    end(failure) {
      over ??= { failure: failure ?? null };
      given();
    },
  };
}

/** Whatever was thrown, as an error. */
export const errorOf = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** A stream that asks an iterator for the next piece when it is wanted; Safari has no `ReadableStream.from`. */
export function streamOf(
  content: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): ReadableStream<Uint8Array> {
  const iterator = iteratorOf(content);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function iteratorOf(
  content: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Iterator<Uint8Array> | AsyncIterator<Uint8Array> {
  if (content instanceof Uint8Array) return [content][Symbol.iterator]();
  return Symbol.asyncIterator in content ? content[Symbol.asyncIterator]() : content[Symbol.iterator]();
}
