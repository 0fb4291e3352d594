/** The files of an adapter as people have them: the two of a PEFT folder, or a zip of it. */
import { openArchive, readEntry } from '../archive/read';
import { memoryFolder } from './folder';
import { ModelError, type ModelFolder } from './types';

const CONFIG = 'adapter_config.json';
/** An adapter is small; what unpacks to more is none. */
const MOST_BYTES = 2 ** 30;

export interface PickedFile {
  name: string;
  bytes: Uint8Array;
}

/**
 * @param files with or without folders in their names; one zip alone, or the files of one adapter
 * @throws ModelError that says what there is and what was expected
 */
export async function adapterFolder(files: readonly PickedFile[]): Promise<ModelFolder> {
  const zip = files.length === 1 ? files.find(({ name }) => /\.zip$/i.test(name)) : undefined;
  const all = zip ? await unzipped(zip) : files;
  const configs = all.map(({ name }) => name).filter((name) => name.split('/').at(-1) === CONFIG);
  const [config] = configs;
  if (config === undefined)
    throw new ModelError(
      `there is no ${CONFIG} among ${all.map(({ name }) => name).join(', ') || 'no files'}; an adapter is that and adapter_model.safetensors, or a zip of both`,
    );
  if (configs.length > 1)
    throw new ModelError(
      `there are several adapters (${configs.join(', ')}); unpack the archive and give the two files of one`,
    );
  const base = config.slice(0, -CONFIG.length);
  const inside = all
    .filter(({ name }) => name.startsWith(base))
    .map(({ name, bytes }): [string, Uint8Array] => [name.slice(base.length), bytes]);
  const label = base.replace(/\/$/, '') || (zip?.name.replace(/\.zip$/i, '') ?? 'adapter');
  return memoryFolder(inside, label);
}

async function unzipped({ name, bytes }: PickedFile): Promise<PickedFile[]> {
  try {
    const entries = await openArchive(new Blob([bytes as Uint8Array<ArrayBuffer>]), MOST_BYTES);
    const files: PickedFile[] = [];
    for (const entry of entries) files.push({ name: entry.path, bytes: await readEntry(entry, MOST_BYTES) });
    return files;
  } catch (error) {
    throw new ModelError(error instanceof Error ? error.message : String(error), name, { cause: error });
  }
}
