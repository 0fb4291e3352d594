/** What the store keeps, and what it promises. Nothing outside `store/` opens a database. */

/** A file inside a kept folder (a checkpoint, a model, a dataset). */
export interface KeptFile {
  path: string;
  bytes: number;
  /** SHA-256 of each chunk in hexadecimal, in order; chunks are `chunkBytes` long but the last. */
  chunks: string[];
}

/** The manifest of a kept folder: written last, in one strict transaction, so it never names missing chunks. */
export interface FolderManifest {
  version: 1;
  id: string;
  kind: 'checkpoint' | 'model' | 'dataset';
  createdAt: string;
  bytes: number;
  chunkBytes: number;
  files: KeptFile[];
  /** Whatever the writer wants to find again; JSON. */
  meta: Record<string, unknown>;
}

/** A file on its way in: its bytes may arrive in pieces of any size. */
export interface FileToKeep {
  path: string;
  content: Uint8Array | AsyncIterable<Uint8Array>;
}
