/** The models to choose from: those served beside the page, and those kept in this browser. */
import { checkpointMeta, type CheckpointMeta } from '../run/checkpoint';
import type { ModelSource } from '../run/config';
import type { FolderManifest } from '../store/types';
import { bytes, compact } from './format';

export interface BundledModel {
  name: string;
  title: string;
  /** Of `model.safetensors`, and the numbers in it; a test holds both to the file. */
  weightBytes: number;
  parameters: number;
  about: string;
}

export const BUNDLED: BundledModel[] = [
  {
    name: 'pocket',
    title: 'Pocket',
    weightBytes: 4_927_704,
    parameters: 2_459_904,
    about: 'A small T5 trained for Lethe on open data. It sorts reviews, intents and topics by prompt.',
  },
];

export interface ModelOption {
  /** For a select; unique. */
  key: string;
  source: ModelSource;
  title: string;
  facts: string;
  about: string;
}

/** Bundled models first, then kept ones, then the checkpoints of kept runs, newest first. */
export function modelOptions(models: FolderManifest[], checkpoints: FolderManifest[]): ModelOption[] {
  return [
    ...BUNDLED.map((m): ModelOption => ({
      key: modelKey({ source: 'bundled', name: m.name }),
      source: { source: 'bundled', name: m.name },
      title: m.title,
      facts: `${compact(m.parameters)} parameters, ${bytes(m.weightBytes)}`,
      about: m.about,
    })),
    ...models.flatMap((folder): ModelOption[] => {
      // What was streamed from beside the page is the bundled model itself.
      if (BUNDLED.some((m) => folder.id === `bundled/${m.name}`)) return [];
      const source = sourceOfKept(folder);
      return [
        { key: modelKey(source), source, title: modelLabel(folder), facts: bytes(folder.bytes), about: '' },
      ];
    }),
    ...checkpoints.flatMap((folder): ModelOption[] => {
      const meta = checkpointMeta(folder.meta);
      if (!meta) return [];
      const { runId, checkpointId, runName } = meta;
      const source: ModelSource = { source: 'checkpoint', runId, checkpointId };
      return [
        {
          key: modelKey(source),
          source,
          title: `${runName}, ${checkpointLabel(meta)}`,
          facts: bytes(folder.bytes),
          about: 'A checkpoint of an earlier run.',
        },
      ];
    }),
  ];
}

export function modelKey(source: ModelSource): string {
  switch (source.source) {
    case 'bundled':
      return `bundled:${source.name}`;
    case 'hub':
      return `hub:${source.id}@${source.revision}`;
    case 'folder':
      return `folder:${source.path}`;
    case 'stored':
      return `stored:${source.id}`;
    case 'checkpoint':
      return `checkpoint:${source.runId}/${source.checkpointId}`;
  }
}

/** What a config says of a kept model: one of the Hub is named as such, so that others can open the config too. */
export function sourceOfKept(folder: Pick<FolderManifest, 'id' | 'meta'>): ModelSource {
  const hub = folder.meta['hub'] as { id?: unknown; revision?: unknown } | undefined;
  return typeof hub?.id === 'string' && typeof hub.revision === 'string'
    ? { source: 'hub', id: hub.id, revision: hub.revision }
    : { source: 'stored', id: folder.id };
}

/** Where in its run a checkpoint was made. */
export function checkpointLabel({ place, stage, step, damaged }: CheckpointMeta): string {
  const where =
    place === 'stage' ? `after stage ${stage}, step ${step}` : `in stage ${stage + 1}, step ${step}`;
  return damaged === undefined ? where : `${where}: damaged (${damaged})`;
}

/** The name that people know a kept model by. */
export function modelLabel(folder: FolderManifest): string {
  const label = folder.meta['label'];
  return typeof label === 'string' && label !== '' ? label : folder.id;
}
