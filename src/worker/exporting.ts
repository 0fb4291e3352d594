/** A checkpoint as a zip that Hugging Face transformers loads once unpacked. */
import type { OutgoingFile } from '../models/types';
import { zipFolder } from '../models/zip';
import { checkpointMeta } from '../run/checkpoint';
import { checkpointFolder, type Store } from '../store/store';
import { ownFiles } from './checkpoints';

export interface Export {
  fileName: string;
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** @throws Error when there is no such checkpoint */
export async function exportCheckpoint(store: Store, runId: string, checkpointId: string): Promise<Export> {
  const folder = checkpointFolder(runId, checkpointId);
  const manifest = await store.folders.manifest(folder);
  if (!manifest) throw new Error('This checkpoint is no longer kept in this browser.');
  const files = manifest.files
    .filter((file) => !ownFiles.has(file.path))
    .map((file): OutgoingFile => ({ path: file.path, content: store.folders.read(folder, file.path) }));
  const name = checkpointMeta(manifest.meta)?.runName ?? runId;
  return { fileName: `${slug(name)}-${checkpointId}.zip`, chunks: zipFolder(files) };
}

/** Letters and digits of any script, everything else a hyphen: a name for a file. */
function slug(name: string): string {
  const plain = name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return plain.slice(0, 60) || 'run';
}
