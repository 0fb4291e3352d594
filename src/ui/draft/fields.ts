/** The number fields of the settings, in the order in which they are shown. */
import type { Field, Settings } from './form';

type NumberKey = { [K in keyof Settings]: Settings[K] extends Field ? K : never }[keyof Settings];

export interface SettingField {
  key: NumberKey;
  label: string;
  /** What an empty field means. */
  placeholder?: string;
  step?: number;
}

export const TRAINING: SettingField[] = [
  { key: 'learningRate', label: 'Learning rate' },
  { key: 'batchSize', label: 'Batch size', placeholder: '8', step: 1 },
  { key: 'warmupSteps', label: 'Warm-up steps', placeholder: '0', step: 1 },
  { key: 'clipNorm', label: 'Clip norm (0: off)', placeholder: '1' },
  { key: 'weightDecay', label: 'Weight decay', placeholder: '0' },
  { key: 'dropout', label: 'Dropout', placeholder: 'the model’s' },
  { key: 'maxSourceTokens', label: 'Prompt tokens', placeholder: '96', step: 1 },
  { key: 'maxTargetTokens', label: 'Answer tokens', placeholder: '32', step: 1 },
  { key: 'seed', label: 'Seed', placeholder: '0', step: 1 },
];

export const EVALUATION: SettingField[] = [
  { key: 'everySteps', label: 'Every … steps', placeholder: '50', step: 1 },
  { key: 'examples', label: 'Validation rows', placeholder: '100', step: 1 },
  { key: 'testExamples', label: 'Test rows', placeholder: '500', step: 1 },
  { key: 'evaluationBatch', label: 'Batch size', placeholder: '32', step: 1 },
  { key: 'maxNewTokens', label: 'New tokens', placeholder: '32', step: 1 },
  { key: 'beams', label: 'Beams', placeholder: '1', step: 1 },
  { key: 'samples', label: 'Sample prompts', placeholder: '6', step: 1 },
  { key: 'knowledgeRows', label: 'Rows asked for knowledge', placeholder: '64', step: 1 },
];
