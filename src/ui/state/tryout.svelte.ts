/** A model that adapters are tried on: what is attached, and what it answers. */
import type { RunConfig } from '../../run/config';
import type { AdapterSource, TryoutQuestion, TryoutState } from '../../worker/protocol';
import type { Trainer } from '../ports';
import { reason } from './notices.svelte';

/** Tokens of an answer. */
const ANSWER_TOKENS = 48;

type Question = Exclude<TryoutQuestion, { ask: 'open' | 'close' | 'keep' | 'answer' }>;

export class Tryout {
  #state = $state.raw<TryoutState | null>(null);
  #busy = $state(false);
  #problem = $state<string>();
  #answer = $state<string>();
  prompt = $state('');
  /** A scale that was asked for while another was on its way. */
  #next: (() => void) | null = null;

  constructor(private readonly trainer: () => Promise<Trainer>) {}

  /** Null until the model is open. */
  get state(): TryoutState | null {
    return this.#state;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** What went wrong last, in words. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What the model says to the prompt as it is now. */
  get answer(): string | undefined {
    return this.#answer;
  }

  async open(model: RunConfig['model'], backend: RunConfig['backend']): Promise<void> {
    await this.#guarded(async (trainer) => {
      this.#state = (await trainer.tryout({ ask: 'open', model, backend })).state;
    });
  }

  async attach(from: AdapterSource): Promise<void> {
    await this.change({ ask: 'attach', from });
  }

  async attachFiles(files: readonly File[]): Promise<void> {
    const read = files.map(async (file) => ({
      name: file.name,
      bytes: new Uint8Array(await file.arrayBuffer()),
    }));
    await this.attach({ files: await Promise.all(read) });
  }

  /** Changes an adapter, and asks the prompt again. */
  async change(question: Question): Promise<void> {
    await this.#guarded(async (trainer) => {
      this.#state = (await trainer.tryout(question)).state;
      await this.#ask(trainer);
    });
  }

  /** A slider moves faster than a model answers: of scales asked for meanwhile only the last is taken. */
  scale(adapter: number, factor: number): void {
    const change = () => void this.change({ ask: 'scale', adapter, factor });
    if (this.#busy) this.#next = change;
    else change();
  }

  async ask(): Promise<void> {
    await this.#guarded((trainer) => this.#ask(trainer));
  }

  /** Keeps the model with all adapters added. @returns its id, null where that failed */
  async keep(name: string): Promise<string | null> {
    let kept: string | null = null;
    await this.#guarded(async (trainer) => {
      kept = (await trainer.tryout({ ask: 'keep', name })).modelId ?? null;
    });
    return kept;
  }

  async close(): Promise<void> {
    this.#next = null;
    this.#state = null;
    await (await this.trainer()).tryout({ ask: 'close' });
  }

  async #ask(trainer: Trainer): Promise<void> {
    const prompt = this.prompt.trim();
    if (prompt === '') return;
    const { answers } = await trainer.tryout({
      ask: 'answer',
      prompts: [prompt],
      maxNewTokens: ANSWER_TOKENS,
    });
    this.#answer = answers?.[0];
  }

  async #guarded(work: (trainer: Trainer) => Promise<void>): Promise<void> {
    this.#busy = true;
    this.#problem = undefined;
    try {
      await work(await this.trainer());
    } catch (error) {
      this.#problem = reason(error);
    }
    this.#busy = false;
    const next = this.#next;
    this.#next = null;
    next?.();
  }
}
