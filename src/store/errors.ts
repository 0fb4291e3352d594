/** Why the store could not do what was asked. */
export type StoreErrorCode =
  /** No IndexedDB here: a private window, or storage switched off. */
  | 'unavailable'
  /** Another tab holds an older version of the database open. */
  | 'blocked'
  /** The database was written by a newer version of the page. */
  | 'newer'
  /** The database could not be brought to the version of this page, and is as it was. */
  | 'upgrade'
  /** This tab's connection was closed by a newer version of the page, or by `close()`. */
  | 'closed'
  | 'quota'
  /** Nothing is kept under that id or path, or a chunk is gone. */
  | 'missing'
  /** What was read is not what was written. */
  | 'corrupt'
  /** Another tab replaced or removed the folder meanwhile. */
  | 'conflict'
  | 'failed';

/** What the error is about; the message says the same in words. */
export interface StorePlace {
  folder?: string;
  file?: string;
  /** Counted from 0. */
  chunk?: number;
}

/** The store's one kind of error: the message is for people, the code for programs. */
export class StoreError extends Error {
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    readonly place: StorePlace = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StoreError';
  }
}

const byName: Record<string, [StoreErrorCode, string]> = {
  QuotaExceededError: [
    'quota',
    'this browser has no room left for it; delete runs or models that are no longer needed, or free disk space',
  ],
  VersionError: ['newer', 'the database was written by a newer version of this page; reload the page'],
  InvalidStateError: ['closed', 'the connection to the database was closed; reload the page'],
  SecurityError: ['unavailable', 'this browser does not let the page keep data (site data may be blocked)'],
  DataCloneError: ['failed', 'the value cannot be kept: it holds something that is not plain data'],
};

/** An exception of IndexedDB, in words; errors that already are StoreErrors pass through. */
export function asStoreError(error: unknown, doing: string): StoreError {
  if (error instanceof StoreError) return error;
  // DOMExceptions are not Errors in every realm, so only the name counts.
  const name = error === null || error === undefined ? '' : String((error as { name?: unknown }).name);
  const known = byName[name];
  if (known) return new StoreError(known[0], `${doing}: ${known[1]}`, {}, { cause: error });
  const message = (error as { message?: unknown } | null)?.message;
  const why = [name, message].filter((part) => typeof part === 'string' && part !== '').join(': ');
  return new StoreError('failed', `${doing}: ${why || 'the database gave no reason'}`, {}, { cause: error });
}
