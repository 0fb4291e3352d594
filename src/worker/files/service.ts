/** Answers the page's questions about files: the worker's logic, without the worker. */
import { openStore, type Store } from '../../store/store';
import { measureLengths, readData, unpackData, vocabularyOf } from './data';
import { fetchDataset } from './datasets';
import { Outgoing } from '../outgoing';
import { keepFileModel, keepHubModel } from './models';
import { keepProject, openProject, planProject, saveProject } from './project';
import type {
  Asked,
  FilesAnswers,
  FilesCommand,
  FilesEvent,
  FilesProgress,
  FilesQuestions,
  QuestionName,
} from './protocol';

/** What a question is answered with besides itself. */
export interface Help {
  baseUrl: string;
  store: () => Promise<Store>;
  signal: AbortSignal;
  onProgress: (progress: FilesProgress) => void;
  /** Sends a file to the page, piece by piece. @returns its bytes */
  send: (pieces: AsyncIterable<Uint8Array<ArrayBuffer>>) => Promise<number>;
  /** The Hub of another address than the build's, for tests. */
  hub?: string;
}

type Answerers = {
  [K in QuestionName]: (question: FilesQuestions[K], help: Help) => Promise<FilesAnswers[K]>;
};

/** A new kind of question is one line here and its types in the protocol. */
const answerers: Answerers = {
  hubModel: keepHubModel,
  fileModel: keepFileModel,
  read: readData,
  unpack: unpackData,
  hubDataset: fetchDataset,
  lengths: measureLengths,
  projectPlan: planProject,
  saveProject,
  openProject,
  keepProject,
  vocabulary: vocabularyOf,
};

/** Milliseconds between two tellings of progress. */
const progressMs = 100;

export interface FilesServiceOptions {
  openStore?: () => Promise<Store>;
  hub?: string;
}

export class FilesService {
  #baseUrl = '';
  #store: Promise<Store> | null = null;
  readonly #going = new Map<number, AbortController>();
  readonly #outgoing = new Outgoing();

  constructor(
    private readonly post: (event: FilesEvent, transfer?: Transferable[]) => void,
    private readonly options: FilesServiceOptions = {},
  ) {}

  handle(command: FilesCommand): void {
    switch (command.type) {
      case 'open':
        this.#baseUrl = command.baseUrl;
        break;
      case 'cancel':
        this.#going.get(command.id)?.abort(new Error('cancelled'));
        break;
      case 'taken':
      case 'enough':
        this.#outgoing.heard(command);
        break;
      case 'ask':
        void this.#answer(command);
    }
  }

  async #answer({ id, name, question }: Asked): Promise<void> {
    const abort = new AbortController();
    this.#going.set(id, abort);
    let told = -Infinity;
    const help: Help = {
      baseUrl: this.#baseUrl,
      store: () => this.#opened(),
      signal: abort.signal,
      onProgress: (progress) => {
        const now = performance.now();
        if (
          now - told < progressMs &&
          progress.loaded !== progress.total &&
          !progress.note &&
          !progress.preview
        )
          return;
        told = now;
        this.post({ type: 'progress', id, progress });
      },
      send: (pieces) =>
        this.#outgoing.send(id, pieces, (bytes, transfer) =>
          this.post({ type: 'chunk', id, bytes }, transfer),
        ),
      ...(this.options.hub === undefined ? {} : { hub: this.options.hub }),
    };
    try {
      const answer = await (answerers[name] as (q: typeof question, h: Help) => Promise<never>)(
        question,
        help,
      );
      this.post({ type: 'answered', id, answer });
    } catch (error) {
      this.post({ type: 'refused', id, message: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#going.delete(id);
    }
  }

  #opened(): Promise<Store> {
    this.#store ??= (this.options.openStore ?? openStore)().catch((error: unknown) => {
      // The next question tries again.
      this.#store = null;
      throw error;
    });
    return this.#store;
  }
}
