/**
 * Reads JSON, and the literals Python prints when someone writes `str(row)` to a file. `JSON.parse` would do
 * for the first, but it rounds long numbers (order ids), names no dependable place in its errors, and
 * does not say where in the file each row starts.
 */

export type Value = Scalar | List | Dict;
export interface Scalar {
  kind: 'text' | 'number' | 'boolean' | 'null';
  /** Text as a cell shows it; numbers as they are written in the file. */
  text: string;
  /** Offset in the text. */
  at: number;
}
export interface List {
  kind: 'list';
  items: Value[];
  at: number;
}
export interface Dict {
  kind: 'dict';
  /** A Map, so that a key named `__proto__` is a key like any other. */
  entries: Map<string, Value>;
  at: number;
}

export type Dialect = 'json' | 'python';

/** What was expected where; whoever knows the file turns it into a DataError. */
export class LiteralError extends Error {
  constructor(
    readonly expected: string,
    readonly offset: number,
  ) {
    super(expected);
    this.name = 'LiteralError';
  }
}

const DEEPEST = 200;
const NUMBER = {
  json: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
  python: /[+-]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y,
};
/** Python's own json module writes NaN; it holds no value, so it reads as null. */
const WORDS: Record<Dialect, Map<string, [Scalar['kind'], string]>> = {
  json: new Map([
    ['true', ['boolean', 'true']],
    ['false', ['boolean', 'false']],
    ['null', ['null', '']],
    ['NaN', ['null', '']],
  ]),
  python: new Map([
    ['True', ['boolean', 'true']],
    ['False', ['boolean', 'false']],
    ['None', ['null', '']],
    ['nan', ['null', '']],
  ]),
};
const ESCAPES = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['"', '"'],
  ['\\', '\\'],
]);
const ESCAPES_OF: Record<Dialect, Map<string, string>> = {
  json: new Map([...ESCAPES, ['/', '/']]),
  python: new Map([...ESCAPES, ["'", "'"], ['a', '\x07'], ['v', '\v'], ['0', '\0'], ['\n', '']]),
};

/** Reads one value that fills the whole text. @throws LiteralError */
export function readLiteral(text: string, dialect: Dialect): Value {
  const reader = new Reader(text, dialect);
  const value = reader.value(0);
  reader.space();
  if (reader.at < text.length) throw reader.error('nothing after the end of the value');
  return value;
}

class Reader {
  at = 0;

  constructor(
    readonly text: string,
    readonly dialect: Dialect,
  ) {}

  error(expected: string, at = this.at): LiteralError {
    const char = this.text[at];
    const found =
      char === undefined ? 'the end' : char === '\n' || char === '\r' ? 'a line break' : JSON.stringify(char);
    return new LiteralError(`expected ${expected}, found ${found}`, at);
  }

  space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  /** The next character that is not space. */
  #next(): string | undefined {
    this.space();
    return this.text[this.at];
  }

  value(depth: number): Value {
    if (depth > DEEPEST) throw new LiteralError(`expected at most ${DEEPEST} levels of nesting`, this.at);
    this.space();
    const at = this.at;
    const char = this.text[at] ?? '';
    if (char === '{') return this.dict(depth);
    if (char === '[') return this.list(depth, ']');
    if (char === '(' && this.dialect === 'python') return this.list(depth, ')');
    if (this.#opensString()) return { kind: 'text', text: this.string(), at };
    const number = NUMBER[this.dialect];
    number.lastIndex = at;
    const digits = number.exec(this.text)?.[0];
    if (digits) {
      this.at += digits.length;
      return { kind: 'number', text: digits, at };
    }
    const word = /[A-Za-z_]+/y;
    word.lastIndex = at;
    const found = WORDS[this.dialect].get(word.exec(this.text)?.[0] ?? '');
    if (!found) throw this.error('a value (text in quotes, a number, a list or an object)');
    this.at = word.lastIndex;
    return { kind: found[0], text: found[1], at };
  }

  dict(depth: number): Dict {
    const at = this.at++;
    const entries = new Map<string, Value>();
    while (this.#next() !== '}') {
      if (entries.size > 0) {
        this.#take(',', '"," or "}" after a value');
        // Python allows a comma before the end.
        if (this.#next() === '}' && this.dialect === 'python') break;
      }
      if (!this.#opensString()) throw this.error('a key in quotes');
      const keyAt = this.at;
      const key = this.string();
      if (entries.has(key))
        throw new LiteralError(
          `expected each key once in an object, found ${JSON.stringify(key)} twice`,
          keyAt,
        );
      this.space();
      this.#take(':', '":" after the key');
      entries.set(key, this.value(depth + 1));
    }
    this.at++;
    return { kind: 'dict', entries, at };
  }

  list(depth: number, end: string): List {
    const at = this.at++;
    const items: Value[] = [];
    while (this.#next() !== end) {
      if (items.length > 0) {
        this.#take(',', `"," or "${end}" after a value`);
        if (this.#next() === end && this.dialect === 'python') break;
      }
      items.push(this.value(depth + 1));
    }
    this.at++;
    return { kind: 'list', items, at };
  }

  #take(char: string, expected: string): void {
    if (this.text[this.at] !== char) throw this.error(expected);
    this.at++;
  }

  #opensString(): boolean {
    const char = this.text[this.at];
    if (char === '"') return true;
    if (this.dialect === 'json') return false;
    const next = this.text[this.at + 1];
    return char === "'" || ((char === 'u' || char === 'U') && (next === "'" || next === '"'));
  }

  /** One string; in Python, strings side by side are one. */
  string(): string {
    let whole = this.#oneString();
    while (this.dialect === 'python') {
      const back = this.at;
      this.space();
      if (!this.#opensString()) {
        this.at = back;
        break;
      }
      whole += this.#oneString();
    }
    return whole;
  }

  #oneString(): string {
    const { text } = this;
    if (text[this.at] === 'u' || text[this.at] === 'U') this.at++;
    const opened = this.at;
    const quote = text[this.at++] ?? '';
    const unclosed = () =>
      new LiteralError(`expected a closing ${quote} for the text that opens here`, opened);
    let whole = '';
    let from = this.at;
    for (;;) {
      const char = text[this.at];
      if (char === undefined || char === '\n' || char === '\r') throw unclosed();
      if (char === quote) break;
      if (char === '\\') {
        whole += text.slice(from, this.at) + this.#escape();
        from = this.at;
      } else if (char < ' ' && this.dialect === 'json' && char !== '\t') {
        throw new LiteralError('expected no control character inside text', this.at);
      } else this.at++;
    }
    whole += text.slice(from, this.at++);
    return whole;
  }

  #escape(): string {
    const at = this.at++;
    const char = this.text[this.at++] ?? '';
    const simple = ESCAPES_OF[this.dialect].get(char);
    if (simple !== undefined) return simple;
    const digits = char === 'u' ? 4 : this.dialect === 'json' ? 0 : char === 'x' ? 2 : char === 'U' ? 8 : 0;
    const hex = this.text.slice(this.at, this.at + digits);
    const code = Number.parseInt(hex, 16);
    if (digits > 0 && hex.length === digits && /^[0-9a-fA-F]+$/.test(hex) && code <= 0x10ffff) {
      this.at += digits;
      return digits === 8 ? String.fromCodePoint(code) : String.fromCharCode(code);
    }
    if (digits === 0 && this.dialect === 'python') return `\\${char}`;
    throw new LiteralError(
      `expected an escape that ${this.dialect === 'json' ? 'JSON' : 'Python'} knows`,
      at,
    );
  }
}
