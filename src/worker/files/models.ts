/** Models on their way into the store. */
import { parseT5Config } from '../../engine/t5/config';
import { Tokenizer } from '../../engine/text/tokenizer';
import { modelFiles } from '../../models/cache';
import { memoryFolder } from '../../models/folder';
import { parseHubRepo, repoLabel, type HubRepo } from '../../models/hub/address';
import { hubFolder, type HubFolder } from '../../models/hub/folder';
import { describeModel, openModel, type ModelDescription } from '../../models/load';
import { Meter } from '../../models/meter';
import { ModelError, type FileProgress } from '../../models/types';
import { sha256 } from '../../store/hash';
import type { Store } from '../../store/store';
import { keptFromHub } from '../modelSource';
import type { ChosenFile, FilesProgress, FilesQuestions, KeptModel } from './protocol';
import type { Help } from './service';

/**
 * Streams a model of the Hub into the store. What can be told without the weights (the architecture, a tokenizer,
 * room) is told before they are fetched.
 */
export async function keepHubModel(
  { id, revision, token }: FilesQuestions['hubModel'],
  { store: open, signal, onProgress, hub }: Help,
): Promise<KeptModel> {
  const repo: HubRepo = { ...parseHubRepo(id, 'models', hub), ...(revision === '' ? {} : { revision }) };
  let last: FilesProgress = { path: '', loaded: 0, bytesPerSecond: null, secondsLeft: null };
  const options = {
    signal,
    ...(token ? { token } : {}),
    ...(hub === undefined ? {} : { base: hub }),
    onWait: (note: string) => onProgress({ ...last, note }),
  };
  const folder = hubFolder(repo, options);
  checkDescription(await describeModel(folder));
  const total = await bytesOf(folder);
  const store = await open();
  await checkRoom(store, total, folder.label);
  const meter = new Meter(total);
  let trouble: string | undefined;
  const kept = keptFromHub(repo, store, (message) => (trouble = message), options);
  const opened = await kept.open('config.json', (progress: FileProgress) =>
    onProgress((last = meter.note(progress))),
  );
  await opened?.[Symbol.asyncIterator]().return?.();
  const manifest = await store.folders.manifest(`hub/${repoLabel(repo)}`);
  if (!manifest) throw new ModelError(trouble ?? `${folder.label} could not be kept`);
  return {
    source: { source: 'hub', id: repo.id, revision: repo.revision },
    label: folder.label,
    bytes: manifest.bytes,
  };
}

/** Checks every number of a model's files, then copies them into the store. */
export async function keepFileModel(
  { label, files }: FilesQuestions['fileModel'],
  { store: open, signal, onProgress }: Help,
): Promise<KeptModel> {
  const known = new Map(withoutCommonFolder(files).map(({ path, file }) => [path, file] as const));
  const folder = memoryFolder(known, label);
  checkDescription(await describeModel(folder));
  const wanted = await modelFiles(folder);
  const total = wanted.reduce((sum, path) => sum + (known.get(path)?.size ?? 0), 0);
  const store = await open();
  await checkRoom(store, total, label);
  // Read twice: to be checked, and to be copied.
  const meter = new Meter(2 * total);
  const told = (stage: string) => (progress: FileProgress) => {
    signal.throwIfAborted();
    onProgress(meter.note({ ...progress, path: `${stage} ${progress.path}` }));
  };
  const opened = await openModel(folder, told('checking'), { finite: true });
  const digest: string[] = [];
  for await (const { name, shape, data } of opened.tensors())
    digest.push(name, shape.join(), await sha256(new Uint8Array(data.slice(0, 256).buffer)));
  const id = `local/${label}-${(await sha256(new TextEncoder().encode(digest.join(' ')))).slice(0, 12)}`;
  const copies = (async function* () {
    for (const path of wanted) {
      const content = await folder.open(path, told('copying'));
      if (content) yield { path, content };
    }
  })();
  const { bytes } = await store.folders.keep(id, 'model', copies, { label });
  return { source: { source: 'stored', id }, label, bytes };
}

/** @throws Error where the config or the tokenizer is of another kind than the engine's */
function checkDescription({ config, generation, tokenizer, tokenizerConfig }: ModelDescription): void {
  parseT5Config(config, generation);
  Tokenizer.fromJson(tokenizer, tokenizerConfig);
}

async function bytesOf(folder: HubFolder): Promise<number> {
  const { files } = await folder.listing();
  return (await modelFiles(folder)).reduce((sum, path) => sum + (files.get(path)?.bytes ?? 0), 0);
}

/** @throws ModelError with the numbers where the browser says that there is too little room */
async function checkRoom(store: Store, bytes: number, label: string): Promise<void> {
  const { used, quota } = await store.usage();
  if (quota === null || quota - used >= bytes) return;
  const mega = (count: number) => `${Math.max(0, Math.round(count / 1e6))} MB`;
  throw new ModelError(
    `${label} takes ${mega(bytes)}, and this browser has ${mega(quota - used)} left for the page; delete something on the shelf, or free some disk`,
  );
}

/** Paths within the folder that has the config. */
function withoutCommonFolder(files: ChosenFile[]): ChosenFile[] {
  const config = files.find(({ path }) => /(^|\/)config\.json$/.test(path))?.path ?? '';
  const folder = config.slice(0, config.length - 'config.json'.length);
  return files.flatMap(({ path, file }) =>
    path.startsWith(folder) ? [{ path: path.slice(folder.length), file }] : [],
  );
}
