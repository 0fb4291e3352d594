/** Data on its way to the page: files of any size, archives, data sets of the Hub, and lengths in tokens. */
import { asJsonLines, readFile, unpacked, type NamedFile } from '../../data/files';
import { partOfName } from '../../data/build';
import { describeLengths } from '../../data/lengths';
import { Tokenizer } from '../../engine/text/tokenizer';
import { readJson } from '../../models/bytes';
import { parseHubRepo, type HubRepo } from '../../models/hub/address';
import { hubFolder } from '../../models/hub/folder';
import { Meter } from '../../models/meter';
import { ModelError, type ModelFolder } from '../../models/types';
import { folderOf } from '../modelSource';
import type { FilesAnswers, FilesQuestions } from './protocol';
import type { Help } from './service';

/** Reads a file as a table, a sample of it where it is large; the first rows are told of at once. */
export async function readData(
  { name, file, whole, most }: FilesQuestions['read'],
  { signal, onProgress }: Help,
): Promise<FilesAnswers['read']> {
  const meter = new Meter(file.size);
  const read = await readFile(file, name, {
    signal,
    ...(whole === undefined ? {} : { whole }),
    ...(most === undefined ? {} : { most }),
    onProgress: (loaded, of) => onProgress(meter.note({ path: name, loaded: (loaded / of) * file.size })),
    onPreview: (preview) => onProgress({ ...meter.note({ path: name, loaded: 0 }), preview }),
  });
  return { ...read, bytes: read.of === null ? null : asJsonLines(read.table) };
}

export function unpackData({ files }: FilesQuestions['unpack']): Promise<NamedFile[]> {
  return unpacked(files);
}

/** Most bytes of a data set that are fetched. */
const mostBytes = 512e6;

/**
 * Fetches a data set of the Hub from the Parquet files that the Hub makes of every public one: the first shard of
 * each part.
 */
export async function fetchDataset(
  { id: name, config, token }: FilesQuestions['hubDataset'],
  { signal, onProgress, hub }: Help,
): Promise<FilesAnswers['hubDataset']> {
  const { id } = parseHubRepo(name, 'datasets', hub);
  const repo: HubRepo = { kind: 'datasets', id, revision: 'refs/convert/parquet' };
  const folder = hubFolder(repo, {
    signal,
    ...(token ? { token } : {}),
    ...(hub === undefined ? {} : { base: hub }),
  });
  const { files } = await folder.listing();
  const shards = [...files.values()].flatMap(({ path, bytes }) => {
    const [of, split, file, ...deeper] = path.split('/');
    const fits = of && split && file && deeper.length === 0 && file.endsWith('.parquet');
    return fits ? [{ of, split: split.replace(/^partial-/, ''), path, bytes }] : [];
  });
  const configs = [...new Set(shards.map((shard) => shard.of))];
  const chosen = config ?? (configs.includes('default') ? 'default' : configs[0]);
  if (chosen === undefined || !configs.includes(chosen))
    throw new ModelError(
      configs.length === 0
        ? `${id} has no Parquet files on the Hub; download its files, then drop them here`
        : `${id} has no configuration "${config ?? ''}"; it has ${configs.join(', ')}`,
    );
  const firsts = new Map<string, (typeof shards)[number]>();
  for (const shard of shards.filter((s) => s.of === chosen).sort((a, b) => (a.path < b.path ? -1 : 1)))
    if (!firsts.has(shard.split)) firsts.set(shard.split, shard);
  const parts = partsOf([...firsts.values()]);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > mostBytes)
    throw new ModelError(
      `${id} is ${Math.round(total / 1e6)} MB, more than the ${mostBytes / 1e6} MB that are fetched; download it, then drop a part of it here`,
    );
  const meter = new Meter(total);
  const fetched: NamedFile[] = [];
  for (const { part, path } of parts) {
    const content = await folder.open(path, (progress) => onProgress(meter.note(progress)));
    const pieces: BlobPart[] = [];
    for await (const piece of content ?? []) pieces.push(piece.slice());
    fetched.push({ name: `${id.split('/').at(-1) ?? id}.${part}.parquet`, file: new Blob(pieces) });
  }
  return { id, config: chosen, configs, files: fetched };
}

/** Which split is which part; the first is trained on where none says so. */
function partsOf<T extends { split: string }>(splits: T[]): (T & { part: string })[] {
  const parts = new Map<string, T & { part: string }>();
  for (const split of splits) {
    const part = partOfName(split.split);
    if (part && !parts.has(part)) parts.set(part, { ...split, part });
  }
  const [first] = splits;
  if (!parts.has('train') && first) {
    for (const [part, { split }] of parts) if (split === first.split) parts.delete(part);
    parts.set('train', { ...first, part: 'train' });
  }
  return ['train', 'validation', 'test'].flatMap((part) => parts.get(part) ?? []);
}

/** Tokenizers that were read, by the model they are of; a model that is replaced has another address. */
const tokenizers = new Map<string, Promise<Tokenizer>>();

/** Lengths of prompts and answers in the tokens of a model. */
export async function measureLengths(
  { model, examples, maxSourceTokens, maxTargetTokens }: FilesQuestions['lengths'],
  { store, baseUrl }: Help,
): Promise<FilesAnswers['lengths']> {
  const key = JSON.stringify([baseUrl, model]);
  const known =
    tokenizers.get(key) ??
    store()
      .then((opened) => folderOf(model, opened, baseUrl, () => undefined))
      .then(tokenizerOf);
  tokenizers.set(key, known);
  known.catch(() => tokenizers.delete(key));
  const tokenizer = await known;
  const lengthsOf = (texts: string[]) => texts.map((text) => tokenizer.encode(text).length);
  return {
    source: describeLengths(lengthsOf(examples.map(({ input }) => input)), maxSourceTokens),
    target: describeLengths(lengthsOf(examples.map(({ target }) => target)), maxTargetTokens),
  };
}

async function tokenizerOf(folder: ModelFolder): Promise<Tokenizer> {
  const read = async (path: string): Promise<unknown> => {
    const content = await folder.open(path);
    return content ? await readJson(content, path) : undefined;
  };
  return Tokenizer.fromJson(await read('tokenizer.json'), await read('tokenizer_config.json'));
}
