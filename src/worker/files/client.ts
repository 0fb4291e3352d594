/** What the page holds of the files worker: a promise for every question. */
import { ownWorker } from '../../security/ownWorker';
import filesUrl from './files.worker.ts?worker&url';
import type {
  Asked,
  FilesAnswers,
  FilesCommand,
  FilesEvent,
  FilesProgress,
  FilesQuestions,
  QuestionName,
} from './protocol';

export interface AskOptions {
  onProgress?: (progress: FilesProgress) => void;
  /** Aborting ends the work; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

interface Pending {
  resolve: (answer: FilesAnswers[QuestionName]) => void;
  reject: (error: Error) => void;
  onProgress: AskOptions['onProgress'];
}

export class FilesClient {
  #worker: Worker | null = null;
  #nextId = 1;
  readonly #pending = new Map<number, Pending>();

  constructor(
    private readonly baseUrl: string,
    private readonly createWorker: () => Worker = () => ownWorker(filesUrl, 'files'),
  ) {}

  /** @throws Error in the words of whoever refused */
  async ask<K extends QuestionName>(
    name: K,
    question: FilesQuestions[K],
    { onProgress, signal }: AskOptions = {},
  ): Promise<FilesAnswers[K]> {
    signal?.throwIfAborted();
    const id = this.#nextId++;
    const worker = this.#opened();
    const cancel = () => {
      this.#take(id)?.reject(reasonOf(signal));
      this.#post({ type: 'cancel', id }, worker);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const answer = await new Promise<FilesAnswers[QuestionName]>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject, onProgress });
        this.#post({ type: 'ask', id, name, question } as Asked, worker);
      });
      return answer as FilesAnswers[K];
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  }

  #post(command: FilesCommand, worker: Worker): void {
    worker.postMessage(command);
  }

  #opened(): Worker {
    if (this.#worker) return this.#worker;
    const worker = this.createWorker();
    worker.onmessage = (message: MessageEvent<FilesEvent>) => this.#receive(message.data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#died(`The reader of files crashed: ${event.message || 'the browser gave no reason'}.`);
    };
    this.#post({ type: 'open', baseUrl: this.baseUrl }, worker);
    this.#worker = worker;
    return worker;
  }

  #receive(event: FilesEvent): void {
    if (event.type === 'progress') this.#pending.get(event.id)?.onProgress?.(event.progress);
    else if (event.type === 'answered') this.#take(event.id)?.resolve(event.answer);
    else this.#take(event.id)?.reject(new Error(event.message));
  }

  #take(id: number): Pending | undefined {
    const found = this.#pending.get(id);
    this.#pending.delete(id);
    return found;
  }

  #died(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of waiting) reject(new Error(reason));
  }
}

const reasonOf = (signal: AbortSignal | undefined): Error =>
  signal?.reason instanceof Error ? signal.reason : new Error('cancelled');
