/** What a person should know of a task before training on it: labels, what stands in it twice. */
import { guessMetric } from './guess';
import { counted, quoteShort } from './places';
import { inputKey } from './split';
import type { DataProblem, Example, TaskParts } from './task';

export interface LabelCount {
  label: string;
  train: number;
  validation: number;
  test: number;
}

export interface Inspection {
  /** Of a classification, most frequent first; empty where answers are free text. */
  labels: LabelCount[];
  /** Training rows whose input and answer stood in an earlier one. */
  duplicates: number;
  /** Inputs of the training part that are given different answers. */
  conflicts: number;
  problems: DataProblem[];
}

/** Counts labels and finds rows that repeat or contradict each other. Spacing, case and punctuation count for nothing. */
export function inspect(parts: TaskParts): Inspection {
  const labels = labelCounts(parts);
  const { duplicates, conflicts, example } = repeated(parts.train);
  const problems: DataProblem[] = [];
  if (duplicates > 0)
    problems.push({
      message: `${counted(duplicates, 'training row')} ${duplicates === 1 ? 'repeats' : 'repeat'} an earlier one, input and answer alike.`,
    });
  if (conflicts > 0 && labels.length > 0)
    problems.push({
      message: `${counted(conflicts, 'input')} of the training part ${conflicts === 1 ? 'has' : 'have'} several answers, ${quoteShort(example)} for one; no model can get them all right.`,
    });
  for (const { label, train, validation, test } of labels)
    if (train === 0)
      problems.push({
        message: `the label ${quoteShort(label)} never occurs in the training part, but ${counted(validation + test, 'time')} in validation and test; it cannot be learnt.`,
      });
  return { labels, duplicates, conflicts, problems };
}

function labelCounts(parts: TaskParts): LabelCount[] {
  if (guessMetric(parts.train) !== 'exact-match') return [];
  const counts = new Map<string, LabelCount>();
  for (const part of ['train', 'validation', 'test'] as const)
    for (const { target } of parts[part]) {
      const count = counts.get(target) ?? { label: target, train: 0, validation: 0, test: 0 };
      count[part] += 1;
      counts.set(target, count);
    }
  return [...counts.values()].sort((a, b) => b.train - a.train || (a.label < b.label ? -1 : 1));
}

function repeated(examples: readonly Example[]): { duplicates: number; conflicts: number; example: string } {
  const answers = new Map<string, Set<string>>();
  const conflicting = new Set<string>();
  let duplicates = 0;
  let example = '';
  for (const { input, target } of examples) {
    const key = inputKey(input);
    const known = answers.get(key);
    if (!known) answers.set(key, new Set([target]));
    else if (known.has(target)) duplicates += 1;
    else {
      known.add(target);
      if (conflicting.size === 0) example = input;
      conflicting.add(key);
    }
  }
  return { duplicates, conflicts: conflicting.size, example };
}
