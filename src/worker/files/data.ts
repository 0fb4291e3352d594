/** Data on its way to the page: files of any size, archives, data sets of the Hub, and lengths in tokens. */
import { asJsonLines, readFile, unpacked, type NamedFile } from '../../data/files';
import { describeLengths } from '../../data/lengths';
import { Tokenizer } from '../../engine/text/tokenizer';
import { readJson } from '../../models/bytes';
import { Meter } from '../../models/meter';
import { ModelError, type ModelFolder } from '../../models/types';
import { folderOf } from '../modelSource';
import { yieldToHost } from '../turn';
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
    breathe: yieldToHost,
    ...(whole === undefined ? {} : { whole }),
    ...(most === undefined ? {} : { most }),
    onProgress: (loaded, of) => onProgress(meter.note({ path: name, loaded: (loaded / of) * file.size })),
    onPreview: (preview) => onProgress({ ...meter.note({ path: name, loaded: 0 }), preview }),
  });
  return { ...read, bytes: read.of === null ? null : asJsonLines(read.table) };
}

/** Tells of its progress in the bytes of the archives as they are packed. */
export function unpackData(
  { files }: FilesQuestions['unpack'],
  { signal, onProgress }: Help,
): Promise<NamedFile[]> {
  const meter = new Meter(files.reduce((sum, { file }) => sum + file.size, 0));
  const sizes = new Map(files.map(({ name, file }) => [name, file.size]));
  return unpacked(files, {
    signal,
    breathe: yieldToHost,
    onProgress: (path, loaded, total) =>
      onProgress(meter.note({ path, loaded: (loaded / Math.max(1, total)) * (sizes.get(path) ?? 0) })),
  });
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

/** @throws ModelError when the model's config does not say */
export async function vocabularyOf(
  { model }: FilesQuestions['vocabulary'],
  { store, baseUrl }: Help,
): Promise<FilesAnswers['vocabulary']> {
  const folder = await folderOf(model, await store(), baseUrl, () => undefined);
  const content = await folder.open('config.json');
  const config = content && ((await readJson(content, 'config.json')) as { vocab_size?: unknown } | null);
  const size = config?.vocab_size;
  if (typeof size !== 'number') throw new ModelError('config.json does not say how large the vocabulary is');
  return { size };
}

async function tokenizerOf(folder: ModelFolder): Promise<Tokenizer> {
  const read = async (path: string): Promise<unknown> => {
    const content = await folder.open(path);
    return content ? await readJson(content, path) : undefined;
  };
  return Tokenizer.fromJson(await read('tokenizer.json'), await read('tokenizer_config.json'));
}
