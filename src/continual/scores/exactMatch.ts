import { normaliseAnswer } from './normalise';

/**
 * Exact match: 100 when the answer equals one of the references in the form of `normaliseAnswer`, else 0.
 * @param references at least one
 */
export function exactMatch(answer: string, references: readonly string[]): number {
  const given = normaliseAnswer(answer);
  return references.some((reference) => normaliseAnswer(reference) === given) ? 100 : 0;
}
