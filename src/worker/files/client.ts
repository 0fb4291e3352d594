/** What the page holds of the files worker: a promise for every question. */
import { ownWorker } from '../../security/ownWorker';
import { incoming } from '../outgoing';
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
  piece: (bytes: Uint8Array<ArrayBuffer>) => void;
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
    options: AskOptions = {},
  ): Promise<FilesAnswers[K]> {
    return await this.#asked(name, question, options).answer;
  }

  /** A file that the worker makes, piece by piece; what it answers with comes at the end. */
  pieces<K extends QuestionName>(
    name: K,
    question: FilesQuestions[K],
    options: AskOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, FilesAnswers[K], undefined> {
    return incoming(
      (piece) => this.#asked(name, question, options, piece),
      (message) => this.#worker?.postMessage(message),
    );
  }

  #asked<K extends QuestionName>(
    name: K,
    question: FilesQuestions[K],
    { onProgress, signal }: AskOptions,
    piece: Pending['piece'] = () => undefined,
  ): { id: number; answer: Promise<FilesAnswers[K]> } {
    const id = this.#nextId++;
    const answer = (async () => {
      signal?.throwIfAborted();
      const worker = this.#opened();
      const cancel = () => {
        this.#take(id)?.reject(reasonOf(signal));
        this.#post({ type: 'cancel', id }, worker);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        return (await new Promise<FilesAnswers[QuestionName]>((resolve, reject) => {
          this.#pending.set(id, { resolve, reject, onProgress, piece });
          this.#post({ type: 'ask', id, name, question } as Asked, worker);
        })) as FilesAnswers[K];
      } finally {
        this.#pending.delete(id);
        signal?.removeEventListener('abort', cancel);
      }
    })();
    return { id, answer };
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
    else if (event.type === 'chunk') this.#pending.get(event.id)?.piece(event.bytes);
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
