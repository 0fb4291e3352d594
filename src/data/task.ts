/** What the rest of the product needs of data: tasks made of worded prompts and answers. */

export interface Example {
  /** The whole prompt, template applied. */
  input: string;
  /** The answer that is trained on, and the first reference. */
  target: string;
  /** All references, when there are several. */
  targets?: string[];
}

export interface TaskParts {
  train: Example[];
  validation: Example[];
  test: Example[];
}

/** A table as read from a file: named columns, every cell a string. */
export interface Table {
  columns: string[];
  rows: string[][];
  /** Columns whose cells came as lists, each cell a JSON array of texts: several references, say. */
  listColumns?: number[];
  /** The column that says which part of the data a row belongs to, where the file names parts itself. */
  partColumn?: number;
  /** Line of the file on which each row starts, counted from 1, for messages. */
  lines: number[];
  /** What was found: 'csv', 'tsv', 'json', 'jsonl', and the encoding and delimiter. */
  format: string;
  encoding: string;
  delimiter?: string;
  /** Things put right on the way, which the person should see. */
  warnings: DataProblem[];
}

/** Line and column count from 1; absent where the problem has no place. */
export interface DataProblem {
  message: string;
  file?: string;
  line?: number;
  column?: number;
}

/** Bad input: the message names file, line and column and says what was expected. */
export class DataError extends Error {
  readonly problem: DataProblem;
  constructor(problem: DataProblem) {
    const place = [
      problem.file,
      problem.line === undefined ? undefined : `line ${problem.line}`,
      problem.column === undefined ? undefined : `column ${problem.column}`,
    ]
      .filter(Boolean)
      .join(', ');
    super(place ? `${place}: ${problem.message}` : problem.message);
    this.name = 'DataError';
    this.problem = problem;
  }
}
