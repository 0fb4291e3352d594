/** Takes questions about adapters one after another, and holds the one model that is open for them. */
import type { RunConfig } from '../run/config';
import type { DeviceInfo } from '../run/result';
import type { Store } from '../store/store';
import { folderOf } from './modelSource';
import type { Answer, TryoutQuestion } from './protocol';
import type { Services } from './services';
import { Tryout } from './tryout';

export class Tryouts {
  private open: Tryout | null = null;
  /** Opened for the models before, and used again: on a GPU its pipelines are compiled already. */
  private device: { backend: RunConfig['backend']; info: DeviceInfo } | null = null;
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
        await this.letGo();
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

  /** Uses the device for something short, while nobody else does: what is asked meanwhile waits. */
  borrow<T>(work: () => Promise<T>): Promise<T> {
    return this.queue(async () => {
      if (this.busy() || this.open) throw new Error('The device is in use.');
      return await work();
    });
  }

  /** Lets go of the device, after what has been asked. */
  close(): Promise<void> {
    return this.queue(() => this.letGo());
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
    if (this.device?.backend !== backend) this.device = { backend, info: await services.openDevice(backend) };
    const { info } = this.device;
    try {
      return new Tryout(await services.openTryout(folder), info, store);
    } catch (error) {
      // It may have been lost; the next model gets a fresh one.
      this.device = null;
      throw error;
    }
  }

  private async letGo(): Promise<void> {
    this.device = null;
    await this.free();
  }

  private async free(): Promise<void> {
    const { open } = this;
    this.open = null;
    await open?.dispose();
  }
}
