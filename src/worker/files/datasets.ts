/** Data sets of the Hub, from the Parquet files that the Hub makes of every public one. */
import { partOfName } from '../../data/build';
import { asJsonLines, sampleRows, wholeBytes, type NamedFile } from '../../data/files';
import { parseHubRepo, type HubRepo } from '../../models/hub/address';
import { hubFolder, type HubFolder } from '../../models/hub/folder';
import { Meter } from '../../models/meter';
import { blobOf } from '../../models/streams';
import { ModelError, type FileProgress } from '../../models/types';
import type { FilesAnswers, FilesQuestions } from './protocol';
import type { Help } from './service';

/** Most bytes of a data set that are fetched; of a larger one shards are left out, evenly. */
const mostBytes = 2e9;
/** Most bytes of a shard, which is in memory or on the browser's disk while it is read. */
const mostShardBytes = 1e9;

interface Shard {
  path: string;
  bytes: number;
}

interface Part {
  part: string;
  split: string;
  shards: Shard[];
}

/**
 * Fetches train, validation and test. A part of one shard comes as it is; of several shards rows are drawn as they
 * come, one shard at a time, by the rule for large files, and come as JSON Lines.
 */
export async function fetchDataset(
  { id: name, config, token, most = mostBytes }: FilesQuestions['hubDataset'],
  { signal, onProgress, hub }: Help,
): Promise<FilesAnswers['hubDataset']> {
  const { id } = parseHubRepo(name, 'datasets', hub);
  const repo: HubRepo = { kind: 'datasets', id, revision: 'refs/convert/parquet' };
  const folder = hubFolder(repo, {
    signal,
    ...(token ? { token } : {}),
    ...(hub === undefined ? {} : { base: hub }),
  });
  const { configs, chosen, splits } = await listed(folder, id, config);
  const notes: string[] = [];
  const parts = within(most, partsOf(splits), notes);
  const meter = new Meter(parts.reduce((sum, { shards }) => sum + bytesOf(shards), 0));
  const told = (progress: FileProgress) => onProgress(meter.note(progress));
  const stem = id.split('/').at(-1) ?? id;
  const files: NamedFile[] = [];
  for (const { part, shards } of parts) {
    const [first] = shards;
    if (!first) continue;
    if (shards.length === 1)
      files.push({ name: `${stem}.${part}.parquet`, file: await fetched(folder, first, told) });
    else files.push(await joined(folder, `${stem}.${part}`, shards, told, notes));
  }
  return { id, config: chosen, configs, files, notes };
}

async function listed(folder: HubFolder, id: string, config: string | undefined) {
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
  const splits = new Map<string, Shard[]>();
  for (const { of, split, path, bytes } of shards) {
    if (of !== chosen) continue;
    if (bytes > mostShardBytes)
      throw new ModelError(
        `${path} of ${id} is ${mega(bytes)}, more than the ${mega(mostShardBytes)} of a file that are fetched; download it, then drop a part of it here`,
      );
    splits.set(split, [...(splits.get(split) ?? []), { path, bytes }]);
  }
  for (const of of splits.values()) of.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { configs, chosen, splits };
}

/** Which split is which part; the first is trained on where none says so. */
function partsOf(splits: Map<string, Shard[]>): Part[] {
  const names = [...splits.keys()].sort();
  const parts = new Map<string, Part>();
  for (const split of names) {
    const part = partOfName(split);
    if (part && !parts.has(part)) parts.set(part, { part, split, shards: splits.get(split) ?? [] });
  }
  const [first] = names;
  if (!parts.has('train') && first !== undefined) {
    for (const [part, { split }] of parts) if (split === first) parts.delete(part);
    parts.set('train', { part: 'train', split: first, shards: splits.get(first) ?? [] });
  }
  return ['train', 'validation', 'test'].flatMap((part) => parts.get(part) ?? []);
}

/** Leaves out shards, evenly over each part, until the rest is no larger; the first of each stays. */
function within(most: number, parts: Part[], notes: string[]): Part[] {
  const total = parts.reduce((sum, { shards }) => sum + bytesOf(shards), 0);
  if (total <= most) return parts;
  return parts.map((part) => {
    const { shards } = part;
    const count = Math.max(1, Math.floor((shards.length * most) / total));
    if (count === shards.length) return part;
    notes.push(
      `${count} of ${shards.length} files of ${part.split} are fetched: all of the data set is ${mega(total)}, and at most ${mega(most)} are.`,
    );
    const kept = Array.from({ length: count }, (_, i) => shards[Math.floor((i * shards.length) / count)]);
    return { ...part, shards: kept.flatMap((shard) => shard ?? []) };
  });
}

async function fetched(
  folder: HubFolder,
  { path }: Shard,
  told: (progress: FileProgress) => void,
): Promise<Blob> {
  const content = await folder.open(path, told);
  if (!content) throw new ModelError('it is no longer there', path);
  return await blobOf(content);
}

async function joined(
  folder: HubFolder,
  name: string,
  shards: Shard[],
  told: (progress: FileProgress) => void,
  notes: string[],
): Promise<NamedFile> {
  const { readShards } = await import('../../data/parquet');
  const one = (async function* () {
    for (const shard of shards) yield { name: shard.path, file: await fetched(folder, shard, told) };
  })();
  const most = bytesOf(shards) <= wholeBytes ? Infinity : sampleRows;
  const { table, of } = await readShards(one, name, most);
  const rows = table.rows.length;
  const count = (n: number) => n.toLocaleString('en-GB');
  if (rows < of)
    notes.push(`${name}: ${count(rows)} of ${count(of)} rows are drawn at random, the same ones each time.`);
  return { name: `${name}.jsonl`, file: new Blob([asJsonLines(table)]) };
}

const bytesOf = (shards: readonly Shard[]): number => shards.reduce((sum, { bytes }) => sum + bytes, 0);
const mega = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString('en-GB')} MB`;
