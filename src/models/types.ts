/** Where weights come from: a folder of files that can be streamed. */

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
}

/** Bad model files: the message names the file and says what was expected. */
export class ModelError extends Error {
  constructor(
    message: string,
    readonly file?: string,
  ) {
    super(file ? `${file}: ${message}` : message);
    this.name = 'ModelError';
  }
}
