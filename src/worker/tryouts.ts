/** Takes questions about adapters one after another, and holds the one model that is open for them. */
import type { Store } from '../store/store';
import { folderOf } from './modelSource';
import type { Answer, TryoutQuestion } from './protocol';
import type { Services } from './services';
import { Tryout } from './tryout';

export class Tryouts {
  private open: Tryout | null = null;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly services: Services,
    /** Whether a run has the device. */
    private readonly busy: () => boolean,
  ) {}

  ask(question: TryoutQuestion, baseUrl: string): Promise<Answer> {
    return this.queue(async () => {
      if (this.busy() && question.ask !== 'close')
        throw new Error('A run is going; adapters can be tried once it is over.');
      if (question.ask === 'close') {
        await this.free();
        return { of: 'tryout', state: null };
      }
      if (question.ask === 'open') {
        await this.free();
        this.open = await this.opened(question, await this.services.store(), baseUrl);
        return { of: 'tryout', state: this.open.state };
      }
      if (!this.open) throw new Error('No model is open to try adapters on.');
      const reply = await this.open.ask(question);
      return { of: 'tryout', state: this.open.state, ...reply };
    });
  }

  /** Lets go of the device, after what has been asked. */
  close(): Promise<void> {
    return this.queue(() => this.free());
  }

  private queue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }

  private async opened(
    { model, backend }: Extract<TryoutQuestion, { ask: 'open' }>,
    store: Store,
    baseUrl: string,
  ): Promise<Tryout> {
    const { services } = this;
    const folder = await folderOf(model, store, baseUrl, (message) => console.warn(message));
    const device = await services.openDevice(backend);
    return new Tryout(await services.openTryout(folder), device, store);
  }

  private async free(): Promise<void> {
    const { open } = this;
    this.open = null;
    await open?.dispose();
  }
}
