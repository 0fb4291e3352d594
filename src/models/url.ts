import { counted, piecesOf } from './streams';
import { ModelError, type ModelFolder } from './types';

export interface UrlFolderOptions {
  /** The browser's own, unless a test brings one. */
  fetch?: typeof fetch;
  /** Milliseconds to wait for an answer to `version()`, which a slow network must not hold up. */
  versionTimeout?: number;
}

/**
 * A Hugging Face folder behind an address.
 * @param baseUrl absolute address of the folder, with or without a slash at its end
 */
export function urlFolder(baseUrl: string, options: UrlFolderOptions = {}): ModelFolder {
  const base = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  const get = options.fetch ?? ((input, init) => fetch(input, init));
  const request = (path: string, init: RequestInit = {}) =>
    // Some hosts refuse requests by their referrer.
    get(new URL(encodeURI(path), base), { referrerPolicy: 'no-referrer', ...init });

  return {
    label: baseUrl,

    async open(path, onProgress) {
      let response: Response;
      try {
        response = await request(path);
      } catch (error) {
        throw new ModelError(`could not be fetched from ${base}; is the network there?`, path, {
          cause: error,
        });
      }
      if (isMissing(response, path)) {
        await response.body?.cancel();
        return null;
      }
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw new ModelError(`${base} answered ${response.status} ${response.statusText}`.trim(), path);
      }
      const { total, exact } = contentBytes(response);
      const content = whole(response.body, path, exact ? total : undefined);
      return onProgress ? counted(content, path, total, onProgress) : content;
    },

    async version() {
      const signal = AbortSignal.timeout(options.versionTimeout ?? 4000);
      try {
        const config = await request('config.json', { signal, cache: 'no-cache' });
        if (!config.ok || isMissing(config, 'config.json')) return null;
        return JSON.stringify([await config.text(), await weightsTag(request, signal)]);
      } catch {
        return null;
      }
    },
  };
}

/** Development servers and single-page hosts answer any address with their index page. */
function isMissing(response: Response, path: string): boolean {
  if (response.status === 404 || response.status === 410) return true;
  const type = response.headers.get('content-type') ?? '';
  return response.ok && type.startsWith('text/html') && !/\.html?$/.test(path);
}

/** What the server says of the weights without sending them; null where it refuses to say. */
async function weightsTag(
  request: (path: string, init: RequestInit) => Promise<Response>,
  signal: AbortSignal,
): Promise<string | null> {
  for (const path of ['model.safetensors', 'model.safetensors.index.json']) {
    try {
      const { ok, headers, status } = await request(path, { method: 'HEAD', signal, cache: 'no-cache' });
      if (ok && !headers.get('content-type')?.startsWith('text/html'))
        return headers.get('etag') ?? headers.get('last-modified') ?? headers.get('content-length');
      if (status !== 404) return null;
    } catch {
      // Hosts that redirect to another origin may refuse HEAD; the config alone has to do.
      return null;
    }
  }
  return null;
}

/**
 * Bytes to expect after decoding. With a content encoding, content-length counts the encoded bytes and says
 * nothing; across origins the encoding may be hidden, so there the length is a guess fit for progress only.
 */
function contentBytes(response: Response): { total: number | undefined; exact: boolean } {
  const encoding = response.headers.get('content-encoding');
  const length = response.headers.get('content-length');
  if (length === null || !/^\d+$/.test(length) || (encoding !== null && encoding !== 'identity'))
    return { total: undefined, exact: false };
  return { total: Number(length), exact: response.type !== 'cors' };
}

/** The body's pieces; a connection that breaks or ends early is an error that names the file. */
async function* whole(
  body: ReadableStream<Uint8Array>,
  path: string,
  expected: number | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let loaded = 0;
  const pieces = piecesOf(body);
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array, void>;
      try {
        next = await pieces.next();
      } catch (error) {
        throw new ModelError(`the download broke off after ${loaded} bytes; try again`, path, {
          cause: error,
        });
      }
      if (next.done) break;
      loaded += next.value.length;
      yield next.value;
    }
  } finally {
    await pieces.return();
  }
  if (expected !== undefined && loaded !== expected)
    throw new ModelError(`the download ended after ${loaded} of ${expected} bytes; try again`, path);
}
