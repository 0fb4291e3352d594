/** What the model knows apart from how it answers, task by task and stage by stage, as tables. */
import type { RunResult, TestScore } from '../../run/result';
import { fixed } from '../format';
import { stageLabel, tasksOf, type TaskInRun } from './names';

export interface KnowledgeRow {
  stage: number;
  label: string;
  /** A dash in these three where the likelihood of labels was not measured. */
  knows: string;
  /** The 95 % interval, `86–98`; null beside a dash. */
  interval: string | null;
  says: string;
  formatLoss: string;
  /** Share of answers that are none of the task's labels. */
  outside: string;
}

export interface KnowledgeTable {
  task: TaskInRun;
  /** What the figures are of: `12 of the task's 77 labels compared, …; first 64 test rows`. Null with a dash in each row. */
  compared: string | null;
  rows: KnowledgeRow[];
}

/** What is known and what is said, in per cent of the same rows; null where it was not measured. */
export function knownAndSaid({ knowledge }: TestScore): { knows: number; says: number } | null {
  if (!knowledge) return null;
  return { knows: knowledge.score.value, says: knowledge.score.value - knowledge.formatLoss };
}

const percent = (value: number): string => `${fixed(value)} %`;

function rowOf(score: TestScore, stage: number, label: string): KnowledgeRow {
  const { insideLabelSet, knowledge } = score;
  const found = knownAndSaid(score);
  return {
    stage,
    label,
    knows: found ? percent(found.knows) : '–',
    interval: knowledge ? `${fixed(knowledge.score.low)}–${fixed(knowledge.score.high)}` : null,
    says: found ? percent(found.says) : '–',
    formatLoss: knowledge ? fixed(knowledge.formatLoss) : '–',
    outside: insideLabelSet === undefined ? '–' : percent(100 - insideLabelSet),
  };
}

/** A model that chooses among fewer labels is right more often, so the reader must know how many there were. */
function comparedWords({ score, labels: { compared, all } }: NonNullable<TestScore['knowledge']>): string {
  const labels =
    compared < all
      ? `${compared} of the task’s ${all} labels compared for each row, which is easier than all of them`
      : `All ${all} labels compared`;
  return `${labels}; on the first ${score.n} test rows.`;
}

/** A table for each task with labels that something is known of, in the page's order of tasks. */
export function knowledgeTables(run: RunResult): KnowledgeTable[] {
  return tasksOf(run.config).flatMap((task) => {
    const scored = run.matrix.flatMap(({ stage, scores }) =>
      scores.filter((score) => score.task === task.id).map((score) => ({ stage, score })),
    );
    const known = scored.findLast(({ score }) => score.knowledge)?.score.knowledge;
    if (!known && scored.every(({ score }) => score.insideLabelSet === undefined)) return [];
    return {
      task,
      compared: known ? comparedWords(known) : null,
      rows: scored.map(({ stage, score }) => rowOf(score, stage, stageLabel(run.config, stage))),
    };
  });
}
