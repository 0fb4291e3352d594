/** One prompt to several models: one of them is open at a time, so each is opened, asked and put away in turn. */
import type { RunConfig } from '../../run/config';
import type { SpokenToken, TryoutState } from '../../worker/protocol';
import type { Trainer } from '../ports';
import { reason } from '../state/notices.svelte';
import type { Voice } from './voices';

export type Spoken =
  | { of: 'answer'; prompt: string; text: string; tokens: SpokenToken[]; factor?: number }
  | { of: 'problem'; prompt: string; message: string };

/** Tokens of an answer, and of the likeliest that are told for each. */
const ANSWER_TOKENS = 48;
const BEST = 4;

export class TryIt {
  #spoken = $state.raw<Readonly<Record<string, Spoken>>>({});
  #asking = $state.raw<string | null>(null);
  /** The voice whose model is open. */
  #open: { key: string; state: TryoutState | null } | null = null;
  /** What is asked while something is being answered: the last one counts. */
  #next: (() => Promise<void>) | null = null;
  #working = false;
  #over = false;

  constructor(
    private readonly trainer: () => Promise<Trainer>,
    private readonly backend: () => RunConfig['backend'],
  ) {}

  /** What was said last, by voice. */
  get spoken(): Readonly<Record<string, Spoken>> {
    return this.#spoken;
  }

  /** The voice that is thinking. */
  get asking(): string | null {
    return this.#asking;
  }

  /** Asks every voice that has not answered this prompt yet. */
  ask(prompt: string, voices: readonly Voice[], factor: number): Promise<void> {
    return this.#work(async () => {
      for (const voice of voices) {
        // What is asked since takes the place of the rest.
        if (this.#next || this.#over) return;
        const said = this.#spoken[voice.key];
        const scale = voice.adapter ? factor : undefined;
        if (said?.of === 'answer' && said.prompt === prompt && said.factor === scale) continue;
        await this.#askOne(prompt, voice, factor);
      }
    });
  }

  /** Puts the model away; nothing is asked any more. */
  async close(): Promise<void> {
    this.#over = true;
    this.#next = null;
    this.#open = null;
    await (await this.trainer()).tryout({ ask: 'close' });
  }

  async #work(job: () => Promise<void>): Promise<void> {
    if (this.#working) {
      this.#next = job;
      return;
    }
    this.#working = true;
    try {
      for (let now: (() => Promise<void>) | null = job; now;) {
        this.#next = null;
        await now();
        now = this.#next;
      }
    } finally {
      this.#working = false;
      this.#asking = null;
    }
  }

  async #askOne(prompt: string, voice: Voice, factor: number): Promise<void> {
    this.#asking = voice.key;
    try {
      const trainer = await this.trainer();
      await this.#opened(trainer, voice, factor);
      const reply = await trainer.tryout({
        ask: 'answer',
        prompts: [prompt],
        maxNewTokens: ANSWER_TOKENS,
        best: BEST,
      });
      this.#say(voice.key, {
        of: 'answer',
        prompt,
        text: reply.answers?.[0] ?? '',
        tokens: reply.tokens?.[0] ?? [],
        ...(voice.adapter && { factor }),
      });
    } catch (error) {
      this.#open = null;
      this.#say(voice.key, {
        of: 'problem',
        prompt,
        message: reason(error),
      });
    }
  }

  async #opened(trainer: Trainer, { key, model, adapter }: Voice, factor: number): Promise<void> {
    if (this.#open?.key !== key) {
      this.#open = null;
      await trainer.tryout({ ask: 'open', model, backend: this.backend() });
      const attached = adapter && (await trainer.tryout({ ask: 'attach', from: adapter, factor }));
      this.#open = { key, state: attached?.state ?? null };
      return;
    }
    const tried = this.#open.state?.adapters[0];
    if (!tried || tried.factor === factor) return;
    this.#open.state = (await trainer.tryout({ ask: 'scale', adapter: tried.id, factor })).state;
  }

  #say(key: string, spoken: Spoken): void {
    this.#spoken = { ...this.#spoken, [key]: spoken };
  }
}
