/** Data sets of the Hub whose wording is known. */
import type { Mapping, MetricName } from '../run/config';

export interface Preset {
  /** On the Hub. */
  id: string;
  name: string;
  about: string;
  mapping: Mapping;
  metric: MetricName;
}

export const presets: readonly Preset[] = [
  {
    id: 'knkarthick/dialogsum',
    name: 'DialogSum',
    about: 'Dialogues and their summaries',
    mapping: { input: 'Summarize this dialogue.\n\n{dialogue}\n\nSummary:', target: '{summary}' },
    metric: 'rouge-l',
  },
];

export const presetOf = (id: string): Preset | undefined => presets.find((preset) => preset.id === id);
