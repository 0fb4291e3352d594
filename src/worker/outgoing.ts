/** A file on its way from a worker to the page, in pieces: neither side holds more of it than a bound. */

/** Bytes that may be under way before the page has said that it took them. */
const mostUnderWay = 16 * 1024 * 1024;

export type Taken =
  /** The page has passed so many bytes on. */
  | { type: 'taken'; id: number; bytes: number }
  /** It wants no more of it. */
  | { type: 'enough'; id: number };

interface Sending {
  underWay: number;
  enough: boolean;
  wake: () => void;
}

/** The worker's side. */
export class Outgoing {
  readonly #going = new Map<number, Sending>();

  /**
   * Posts the pieces as the page takes them.
   * @returns how many bytes there were
   * @throws Error when the page wants no more of them
   */
  async send(
    id: number,
    pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
    post: (bytes: Uint8Array<ArrayBuffer>, transfer: Transferable[]) => void,
  ): Promise<number> {
    const state: Sending = { underWay: 0, enough: false, wake: () => undefined };
    this.#going.set(id, state);
    let bytes = 0;
    try {
      for await (const piece of pieces) {
        while (state.underWay > mostUnderWay && !state.enough)
          await new Promise<void>((resolve) => (state.wake = resolve));
        if (state.enough) throw new Error('the page wanted no more of it');
        // A piece may be a view of a larger buffer, which must not be taken from its owner.
        const own = piece.byteLength === piece.buffer.byteLength ? piece : piece.slice();
        bytes += own.byteLength;
        state.underWay += own.byteLength;
        post(own, [own.buffer]);
      }
      return bytes;
    } finally {
      this.#going.delete(id);
    }
  }

  heard(message: Taken): void {
    const state = this.#going.get(message.id);
    if (!state) return;
    if (message.type === 'enough') state.enough = true;
    else state.underWay -= message.bytes;
    state.wake();
  }
}

/**
 * The page's side.
 * @param ask puts the question; it is told of every piece and resolves when the last one has been posted
 */
export async function* incoming<Answer>(
  ask: (piece: (bytes: Uint8Array<ArrayBuffer>) => void) => { id: number; answer: Promise<Answer> },
  tell: (message: Taken) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>, Answer, undefined> {
  const ready: Uint8Array<ArrayBuffer>[] = [];
  let wake: () => void = () => undefined;
  let end: { answer: Answer } | { failure: unknown } | null = null;
  const { id, answer } = ask((bytes) => {
    ready.push(bytes);
    wake();
  });
  answer.then(
    (value) => {
      end = { answer: value };
      wake();
    },
    (failure: unknown) => {
      end = { failure };
      wake();
    },
  );
  const over = (): typeof end => end;
  try {
    for (;;) {
      const piece = ready.shift();
      if (piece) {
        const bytes = piece.byteLength;
        yield piece;
        tell({ type: 'taken', id, bytes });
        continue;
      }
      const how = over();
      if (how && 'failure' in how) throw how.failure;
      if (how) return how.answer;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    if (!over()) tell({ type: 'enough', id });
  }
}
