/** Finds the line and column of an offset, both counted from 1, as an editor shows them. */
export class Places {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    // \r\n, \n and a lone \r each end a line.
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) this.#starts.push(i + 1);
    }
  }

  at(offset: number): { line: number; column: number } {
    const place = Math.max(0, Math.min(offset, this.#length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: place - (this.#starts[low] ?? 0) + 1 };
  }
}

/** A short, readable form of a piece of data for messages. */
export function quoteShort(text: string, most = 40): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return `"${flat.length > most ? `${flat.slice(0, most - 1)}…` : flat}"`;
}

/** "3 rows", "1 row". */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;
}
