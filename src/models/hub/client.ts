/** Requests to the Hub: who is asking, waiting when asked to wait, and refusals in words. */
import { ModelError } from '../types';
import { hubBase, repoLabel, type HubRepo } from './address';

export interface HubOptions {
  base?: string;
  /** Held in memory alone, and sent to the Hub's own origin alone. */
  token?: string;
  signal?: AbortSignal;
  /** The browser's own, unless a test brings one. */
  fetch?: typeof fetch;
  sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Told, in a sentence, of what it waits for. */
  onWait?: (sentence: string) => void;
  /** Milliseconds without a byte after which a connection counts as cut. */
  stallAfter?: number;
}

/** Longest wait that a server may ask for, in seconds; with a longer one the page gives up and says so. */
const longestWait = 120;
/** How often a request waits on a server that is too busy. */
const mostWaits = 5;

export class HubClient {
  readonly base: string;
  readonly signal: AbortSignal | undefined;
  readonly stallAfter: number;
  readonly #options: HubOptions;

  constructor(options: HubOptions = {}) {
    this.#options = options;
    this.base = options.base ?? hubBase;
    this.signal = options.signal;
    this.stallAfter = options.stallAfter ?? 60_000;
  }

  /** @throws the signal's reason when it is aborted meanwhile */
  async sleep(milliseconds: number, sentence?: string): Promise<void> {
    if (sentence !== undefined) this.#options.onWait?.(sentence);
    await (this.#options.sleep ?? pause)(milliseconds, this.signal);
    this.signal?.throwIfAborted();
  }

  /**
   * One GET. The token goes along to the Hub's own origin only; where the Hub redirects elsewhere, browsers take
   * the header off. Waits where the server is busy (429, 503) and says for how long.
   * @throws ModelError when the server can't be reached or asks for too long a wait
   */
  async get(
    address: string,
    init: { headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const { token } = this.#options;
    const own = new URL(address).origin === new URL(this.base).origin;
    const headers = { ...init.headers, ...(token && own ? { Authorization: `Bearer ${token}` } : {}) };
    const signal = init.signal ?? this.signal;
    for (let waits = 0; ; waits += 1) {
      const response = await this.#fetch(address, {
        headers,
        // The Hub's cookies are no business of the page, and some hosts refuse requests by their referrer.
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        ...(signal ? { signal } : {}),
      });
      if (response.status !== 429 && response.status !== 503) return response;
      await response.body?.cancel();
      const seconds = retryAfter(response.headers.get('retry-after')) ?? Math.min(60, 2 ** (waits + 1));
      if (seconds > longestWait || waits >= mostWaits)
        throw new ModelError(
          `${this.base} is busy (${response.status}) and asks to wait ${seconds} s; try again after that`,
        );
      await this.sleep(1000 * seconds, `The Hub is busy and asks to wait ${seconds} s.`);
    }
  }

  async #fetch(address: string, init: RequestInit): Promise<Response> {
    try {
      return await (this.#options.fetch ?? ((input, options) => fetch(input, options)))(address, init);
    } catch (error) {
      this.signal?.throwIfAborted();
      throw new HubUnreachable(this.base, error);
    }
  }

  /** A JSON answer of the Hub's API. @throws ModelError in words that say what can be done */
  async json(repo: HubRepo, address: string): Promise<{ value: unknown; next: string | null }> {
    const response = await this.get(address);
    if (!response.ok) throw await this.refusal(response, repo);
    const value: unknown = await response.json().catch((error: unknown) => {
      throw new ModelError(`${this.base} answered no JSON; is it a Hub?`, undefined, { cause: error });
    });
    const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    return { value, next: link === undefined ? null : new URL(link, address).href };
  }

  /** Why the Hub does not hand something out. */
  async refusal(response: Response, repo: HubRepo, path?: string): Promise<ModelError> {
    const code = response.headers.get('x-error-code');
    await response.body?.cancel();
    const label = repoLabel(repo);
    const asked = this.#options.token !== undefined;
    const page = `${this.base}/${repo.kind === 'datasets' ? 'datasets/' : ''}${repo.id}`;
    const { status } = response;
    if (code === 'GatedRepo' || status === 403)
      return new ModelError(
        `${label} is gated: ${asked ? 'the token’s owner has no access yet; ' : ''}ask for access at ${page}, then give a token that may read it`,
        path,
      );
    if (status === 401)
      return new ModelError(
        asked
          ? `the Hub does not take this token for ${label}, or there is no such ${repo.kind === 'models' ? 'model' : 'dataset'}`
          : `the Hub has no ${label} for everyone to read; if it is private or gated, give a token that may read it`,
        path,
      );
    if (status === 404)
      return new ModelError(
        code === 'RevisionNotFound'
          ? `${repo.id} has no revision "${repo.revision}"`
          : `${this.base} has no ${label}${path === undefined ? '' : ' with such a file'}`,
        path,
      );
    return new ModelError(`${this.base} answered ${status} ${response.statusText}`.trim(), path);
  }
}

/** The network is down, or the server refuses this kind of request from a page: a browser does not say which. */
export class HubUnreachable extends ModelError {
  constructor(base: string, cause: unknown) {
    super(`${base} could not be reached; is the network there?`, undefined, { cause });
    this.name = 'HubUnreachable';
  }
}

/** Seconds of a Retry-After, which is a count or a date; null when there is none. */
function retryAfter(header: string | null): number | null {
  if (header === null || header.trim() === '') return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
