/** Editing a plan: pure, so that buttons, dragging and tests do the same thing. */
import { partOfFile } from '../../data/load';
import type { TaskParts } from '../../data/task';
import type { Form, StageForm } from './form';

export type Role = 'train' | 'watch' | 'off';

export function roleOf(form: Pick<Form, 'stages' | 'watched'>, task: string): Role {
  if (form.stages.some((s) => s.task === task)) return 'train';
  return form.watched.includes(task) ? 'watch' : 'off';
}

/** A task has one role: training it takes it off the watched ones, and the other way round. */
export function withRole<F extends Pick<Form, 'stages' | 'watched' | 'rehearsed'>>(
  form: F,
  task: string,
  role: Role,
  stage: Omit<StageForm, 'task'>,
): F {
  if (roleOf(form, task) === role) return form;
  const stages = form.stages.filter((s) => s.task !== task);
  const watched = form.watched.filter((id) => id !== task);
  const rehearsed = form.rehearsed.filter((id) => id !== task);
  if (role === 'train') return { ...form, stages: [...stages, { task, ...stage }], watched, rehearsed };
  return { ...form, stages, watched: role === 'watch' ? [...watched, task] : watched, rehearsed };
}

/** Whether methods may use the old data of a watched task; the order is that of the watched ones. */
export function withRehearsed<F extends Pick<Form, 'watched' | 'rehearsed'>>(
  form: F,
  task: string,
  allowed: boolean,
): F {
  const rehearsed = form.watched.filter((id) => (id === task ? allowed : form.rehearsed.includes(id)));
  return { ...form, rehearsed };
}

/** The list with the item at `from` moved to `to`; the same list where there is nothing to move. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  const item = list[from];
  if (item === undefined || from === to || to < 0 || to >= list.length) return list;
  const rest = list.filter((_, i) => i !== from);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}

/** Training steps of a stage; null while the number of rows or the amount is not known. */
export function stageSteps(
  stage: StageForm,
  trainRows: number | undefined,
  batchSize: number,
): number | null {
  if (stage.amount === null) return null;
  if (stage.unit === 'steps') return stage.amount;
  return trainRows === undefined || batchSize <= 0
    ? null
    : Math.max(1, Math.round((stage.amount * trainRows) / batchSize));
}

/** An id that no other task has, from a file's name: `Reviews (2).csv` → `reviews-2`. */
export function taskId(name: string, taken: Iterable<string>): string {
  const used = new Set(taken);
  const stem =
    name
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replace(/\.[a-z]+$/, '')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 56)
      .replace(/-+$/, '') || 'task';
  for (let n = 1; ; n++) {
    const id = n === 1 ? stem : `${stem}-${n}`;
    if (!used.has(id)) return id;
  }
}

export type Part = keyof TaskParts;

/**
 * Files dropped together that are the parts of one task by their names (`x.train.csv`, `valid.jsonl`), or one
 * task each when the names do not say so.
 */
export function groupFiles<F extends { name: string }>(files: F[]): Partial<Record<Part, F>>[] {
  const parts = files.map((file) => partOfFile(file.name));
  const apart = new Set(parts).size === files.length && !parts.includes(undefined);
  if (files.length < 2 || !apart || !parts.includes('train')) return files.map((file) => ({ train: file }));
  const group: Partial<Record<Part, F>> = {};
  files.forEach((file, i) => {
    const part = parts[i];
    if (part) group[part] = file;
  });
  return [group];
}
