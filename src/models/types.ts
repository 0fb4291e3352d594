/** Where weights come from: a folder of files that can be streamed. */

/** A tensor on the host, row-major. The engine's type of that name, so that neither imports the other. */
export interface NamedTensor {
  name: string;
  shape: number[];
  data: Float32Array;
}

export interface FileProgress {
  path: string;
  loaded: number;
  /** Absent when the server does not say. */
  total?: number;
}

/** Hugging Face folder, wherever it lies: on the network, in the store, in memory. */
export interface ModelFolder {
  /** A name people can read: a path, a Hub id, a run and stage. */
  label: string;
  /** Null when the folder has no such file. */
  open(path: string, onProgress?: (p: FileProgress) => void): Promise<AsyncIterable<Uint8Array> | null>;
  /**
   * Changes when the folder's content does; null when that cannot be found out now (offline, say). Absent
   * where there is nothing cheap to ask.
   */
  version?(): Promise<string | null>;
}

/** A file on its way out, into the store or an archive. */
export interface OutgoingFile {
  path: string;
  content: Uint8Array | AsyncIterable<Uint8Array>;
}

/** What the models need of the store's folders. */
export interface FolderStore {
  manifest(
    id: string,
  ): Promise<{ meta: Record<string, unknown>; files: { path: string; bytes: number }[] } | null>;
  keep(
    id: string,
    kind: 'model',
    files: AsyncIterable<OutgoingFile>,
    meta: Record<string, unknown>,
  ): Promise<unknown>;
  read(id: string, path: string): AsyncIterable<Uint8Array>;
  remove(id: string): Promise<void>;
}

/** Bad model files: the message names the file and says what was expected. */
export class ModelError extends Error {
  constructor(
    message: string,
    readonly file?: string,
    options?: ErrorOptions,
  ) {
    super(file ? `${file}: ${message}` : message, options);
    this.name = 'ModelError';
  }
}
