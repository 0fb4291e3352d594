/** The list of metrics: a new one is a file of its own and a line here. */
import type { MetricName } from '../../run/config';
import { exactMatch } from './exactMatch';
import { rouge1, rouge2, rougeL, rougeLsum } from './rouge';
import { tokenF1 } from './tokenF1';

export { exactMatch, rouge1, rouge2, rougeL, rougeLsum, tokenF1 };
export { bootstrap, wilson } from './intervals';
export { normaliseAnswer } from './normalise';

/** Scores one answer, 0 to 100, against its references. */
export type AnswerMetric = (answer: string, references: readonly string[]) => number;

/** The metrics that read generated answers; `loss` needs none. */
const answerMetrics: Record<Exclude<MetricName, 'loss'>, AnswerMetric> = {
  'exact-match': exactMatch,
  'token-f1': tokenF1,
  'rouge-1': rouge1,
  'rouge-2': rouge2,
  'rouge-l': rougeL,
  'rouge-lsum': rougeLsum,
};

/** Null for `loss`, which is measured without an answer. */
export function answerMetric(name: MetricName): AnswerMetric | null {
  return name === 'loss' ? null : answerMetrics[name];
}

/** True when a metric gives each answer 0 or 100 and nothing between. */
export function isAllOrNothing(name: MetricName): boolean {
  return name === 'exact-match';
}
