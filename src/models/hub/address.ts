/** Names of repositories on the Hub, as people write or paste them. */
import { ModelError } from '../types';
import { hubAddresses } from './bases.mjs';

/** Address of the Hub, without a slash at its end; the build decides it. */
export const hubBase: string = hubAddresses(import.meta.env).base;

export interface HubRepo {
  kind: 'models' | 'datasets';
  /** `owner/name`, or a bare name of the Hub's early days. */
  id: string;
  /** Branch, tag or commit. */
  revision: string;
}

const idForm = /^[A-Za-z0-9][\w.-]{0,95}(\/[A-Za-z0-9][\w.-]{0,95})?$/;

/**
 * @param text `owner/name`, `owner/name@revision`, or an address on the Hub
 * @throws ModelError that says what was expected; of another address, what to do with it
 */
export function parseHubRepo(text: string, kind: HubRepo['kind'], base = hubBase): HubRepo {
  const written = text.trim();
  const local = /^[a-z][a-z\d+.-]*:\/\//i.test(written) ? pathOnHub(written, kind, base) : written;
  const [id = '', revision = 'main'] = local.split('@');
  if (!idForm.test(id) || id.includes('..') || id.includes('--'))
    throw new ModelError(
      `"${written}" is no ${kind === 'models' ? 'model' : 'dataset'} of the Hub; expected owner/name, such as ${kind === 'models' ? 'google/flan-t5-small' : 'knkarthick/dialogsum'}`,
    );
  return { kind, id, revision: revision.trim() || 'main' };
}

function pathOnHub(address: string, kind: HubRepo['kind'], base: string): string {
  if (!address.startsWith(`${base}/`))
    throw new ModelError(
      `this page reads from ${base} alone, and ${address} lies elsewhere; download it, then drop it here`,
    );
  const [path = ''] = address.slice(base.length + 1).split(/[?#]/);
  const inKind = path.startsWith('datasets/');
  if (inKind !== (kind === 'datasets'))
    throw new ModelError(`${address} is a ${inKind ? 'dataset, not a model' : 'model, not a dataset'}`);
  const parts = (inKind ? path.slice('datasets/'.length) : path).split('/').filter(Boolean);
  const at = parts.findIndex((part, i) => i > 0 && /^(tree|resolve|blob|raw)$/.test(part));
  const id = parts.slice(0, at < 0 ? 2 : at).join('/');
  return at < 0 || parts[at + 1] === undefined ? id : `${id}@${decodeURIComponent(parts[at + 1]!)}`;
}

/** `owner/name`, and the revision where it is not the usual one. */
export const repoLabel = ({ id, revision }: Pick<HubRepo, 'id' | 'revision'>): string =>
  revision === 'main' ? id : `${id}@${revision}`;

/** Where a file of a repository is fetched; a revision may have slashes, which are no part of the path. */
export function fileAddress({ kind, id }: HubRepo, revision: string, path: string, base = hubBase): string {
  const file = path.split('/').map(encodeURIComponent).join('/');
  return `${base}/${kind === 'datasets' ? 'datasets/' : ''}${id}/resolve/${encodeURIComponent(revision)}/${file}`;
}

export const apiAddress = ({ kind, id }: HubRepo, path: string, base = hubBase): string =>
  `${base}/api/${kind}/${id}/${path}`;
