/** Everything kept in this browser as one file, and back. */
import { zipFolder } from '../../archive/write';
import { Meter } from '../../models/meter';
import { bringIn, projectContents } from '../../project/bringIn';
import { bytesOf, collect, projectFileName, projectFiles } from '../../project/collect';
import type { FilesAnswers, FilesQuestions } from './protocol';
import type { Help } from './service';

export async function planProject(
  { hubModels }: FilesQuestions['projectPlan'],
  { store }: Help,
): Promise<FilesAnswers['projectPlan']> {
  const kept = await store();
  const { manifest, bytes, notes } = await collect(kept, { hubModels }, {});
  const hub = (await kept.folders.list('model')).filter(({ id }) => id.startsWith('hub/'));
  const count = (kind: string) => manifest.folders.filter((folder) => folder.kind === kind).length;
  return {
    fileName: projectFileName(manifest),
    runs: manifest.runs.length,
    studies: manifest.studies.length,
    checkpoints: count('checkpoint'),
    datasets: count('dataset'),
    models: count('model'),
    bytes,
    hubModels: { count: hub.length, bytes: hub.reduce((sum, folder) => sum + folder.bytes, 0) },
    notes,
  };
}

export async function saveProject(
  { hubModels, settings }: FilesQuestions['saveProject'],
  { store, signal, onProgress, send }: Help,
): Promise<FilesAnswers['saveProject']> {
  const kept = await store();
  const { manifest, notes } = await collect(kept, { hubModels }, settings);
  const meter = new Meter(bytesOf(manifest));
  let loaded = 0;
  const files = projectFiles(kept, manifest, (bytes) => {
    signal.throwIfAborted();
    loaded += bytes;
    onProgress(meter.note({ path: 'project', loaded }));
  });
  const bytes = await send(zipFolder(files));
  return { fileName: projectFileName(manifest), bytes, notes };
}

export async function openProject(
  { file }: FilesQuestions['openProject'],
  { store }: Help,
): Promise<FilesAnswers['openProject']> {
  return await projectContents(file, await store());
}

export async function keepProject(
  { file, other }: FilesQuestions['keepProject'],
  { store, signal, onProgress }: Help,
): Promise<FilesAnswers['keepProject']> {
  let meter: Meter | null = null;
  return await bringIn(file, await store(), {
    other,
    signal,
    onProgress: ({ loaded, total }) => {
      meter ??= new Meter(total);
      onProgress(meter.note({ path: 'project', loaded }));
    },
  });
}
