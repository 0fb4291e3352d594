/** The files of one task, read by the files worker. */
import type { NamedFile } from '../../data/files';
import { guessMapping } from '../../data/guess';
import type { FilesProgress } from '../../worker/files/protocol';
import type { FileReader } from '../ports';
import type { Part } from './plan';
import { PARTS, type ReadParts } from './upload';

/** What is told of work that takes a while, and what calls it off. */
export interface Telling {
  signal: AbortSignal;
  onProgress: (progress: FilesProgress) => void;
}

export interface Reading extends Telling {
  /** The first rows of a file that takes a while. */
  onPreview: (files: ReadParts) => void;
}

/** @throws Error naming the file, its line and column, and what was expected */
export async function readGroup(
  reader: FileReader,
  group: Partial<Record<Part, File>>,
  { signal, onProgress, onPreview }: Reading,
): Promise<ReadParts> {
  const read: Partial<ReadParts> = {};
  for (const part of PARTS) {
    const file = group[part];
    if (!file) continue;
    const told = (progress: FilesProgress) => {
      onProgress(progress);
      if (part === 'train' && progress.preview)
        onPreview({ train: { fileName: file.name, bytes: new Uint8Array(), table: progress.preview } });
    };
    const question = { name: file.name, file };
    const { table, bytes } = await reader.ask('read', question, { signal, onProgress: told });
    read[part] = {
      fileName: bytes ? `${file.name}.jsonl` : file.name,
      bytes: bytes ?? new Uint8Array(await file.arrayBuffer()),
      table,
    };
  }
  if (!read.train) throw new Error('there is no file to train on');
  // Refused before anything is shown where no column can be the answer.
  guessMapping(read.train.table);
  return { ...read, train: read.train };
}

export const asFile = ({ name, file }: NamedFile): File => new File([file], name);

/** The files of archives, and the others as they are. */
export async function unpackedFiles(reader: FileReader, files: File[], telling: Telling): Promise<File[]> {
  if (!files.some(({ name }) => /\.zip$/i.test(name))) return files;
  const question = { files: files.map((file) => ({ name: file.name, file })) };
  const found = await reader.ask('unpack', question, telling);
  return found.map(asFile);
}
