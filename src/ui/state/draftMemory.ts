/** The plan in the form, remembered for the next visit with what a link has fixed of it. */
import { parseRunConfig, type RunConfig } from '../../run/config';
import { packPlan, readPlan } from '../share/link';
import type { Draft } from './draft.svelte';
import { keep, recall } from './theme.svelte';

const DRAFT_KEY = 'lethe-draft';
const LINK_KEY = 'lethe-link';

export class DraftMemory {
  constructor(private readonly draft: Draft) {}

  remember(): void {
    const { config, link } = this.draft;
    if (!config) return;
    keep(DRAFT_KEY, JSON.stringify(config));
    keep(LINK_KEY, link ? packPlan(link) : '');
  }

  recall(): void {
    const text = recall(DRAFT_KEY);
    if (text === null) return;
    try {
      const parsed = parseRunConfig(JSON.parse(text));
      const link = recall(LINK_KEY);
      if (!parsed.ok || !this.known(parsed.config)) return;
      if (link) this.draft.like(parsed.config, readPlan(link));
      else this.draft.begin(parsed.config);
    } catch {
      // Not ours, or cut off: the proposal stands.
    }
  }

  /** A plan from elsewhere into the form, but for one whose dataset is not kept. */
  setUp(config: RunConfig): void {
    if (this.known(config)) this.draft.like(config);
  }

  private known(config: RunConfig): boolean {
    const known = this.draft.choices.map((c) => c.task.id);
    return config.tasks.every((t) => known.includes(t.id));
  }
}
