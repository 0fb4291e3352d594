/** A checkpoint as a zip that Hugging Face transformers, or PEFT, loads once unpacked. */
import { zipFolder } from '../archive/write';
import type { OutgoingFile } from '../models/types';
import { checkpointMeta } from '../run/checkpoint';
import { checkpointFolder, type Store } from '../store/store';
import { adaptersOfCheckpoint, peftFiles } from './adapterExport';
import { ownFiles } from './checkpoints';

export interface Export {
  fileName: string;
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** What is taken of a checkpoint: the whole model, or its LoRA adapters as PEFT reads them. */
export type ExportContent = 'model' | 'adapter';

/** @throws Error when there is no such checkpoint, or no adapter in it */
export async function exportCheckpoint(
  store: Store,
  runId: string,
  checkpointId: string,
  content: ExportContent = 'model',
): Promise<Export> {
  const folder = checkpointFolder(runId, checkpointId);
  const manifest = await store.folders.manifest(folder);
  if (!manifest) throw new Error('This checkpoint is no longer kept in this browser.');
  const name = slug(checkpointMeta(manifest.meta)?.runName ?? runId);
  if (content === 'adapter') {
    const { config, stages } = await adaptersOfCheckpoint(store, runId, checkpointId);
    const chunks = zipFolder(peftFiles(config, stages));
    return { fileName: `${name}-${checkpointId}-adapter.zip`, chunks };
  }
  const files = manifest.files
    .filter((file) => !ownFiles.has(file.path))
    .map((file): OutgoingFile => ({ path: file.path, content: store.folders.read(folder, file.path) }));
  return { fileName: `${name}-${checkpointId}.zip`, chunks: zipFolder(files) };
}

/** Letters and digits of any script, everything else a hyphen: a name for a file. */
export function slug(name: string): string {
  const plain = name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return plain.slice(0, 60) || 'run';
}
