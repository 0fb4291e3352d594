/** One file from the Hub, whole and checked, however often the connection is cut. */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { piecesOf } from '../streams';
import { ModelError } from '../types';
import { fileAddress, type HubRepo } from './address';
import { HubUnreachable, type HubClient } from './client';
import type { HubFile } from './listing';

/** Failures in a row, with no byte between them, after which it gives up; and cuts of one file altogether. */
const mostFailures = 5;
const mostCuts = 60;

/**
 * Streams a file by one plain GET. Where the connection is cut it goes on from the byte it stopped at, if the
 * server answers such a request (Range, with If-Range where the file's tag is to be seen); storage that refuses it
 * sends the whole file again, of which the part that is known is passed over.
 * @throws ModelError when the file can't be had, or is not what the Hub lists: its length, its SHA-256 (large
 * files) or Git's id (small ones)
 */
export async function* downloadFile(
  client: HubClient,
  repo: HubRepo,
  commit: string,
  file: HubFile,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = new ResumedSource(client, repo, fileAddress(repo, commit, file.path, client.base), file);
  const hash = file.sha256 === undefined ? sha1.create() : sha256.create();
  if (file.sha256 === undefined) hash.update(utf8ToBytes(`blob ${file.bytes}\0`));
  for await (const piece of source.pieces()) {
    hash.update(piece);
    yield piece;
  }
  const expected = file.sha256 ?? file.gitId;
  if (expected === undefined) return;
  const got = bytesToHex(hash.digest());
  if (got !== expected) {
    const kind = file.sha256 === undefined ? 'Git id' : 'SHA-256';
    throw new ModelError(
      `its ${kind} is ${got.slice(0, 12)}…, but the Hub lists ${expected.slice(0, 12)}…; it was damaged on the way, download it again`,
      file.path,
    );
  }
}

class ResumedSource {
  #at = 0;
  #failures = 0;
  #cuts = 0;
  /** Whether parts of the file are to be had; null until the first is asked for. */
  #ranges: boolean | null = null;
  #tag: string | null = null;

  constructor(
    private readonly client: HubClient,
    private readonly repo: HubRepo,
    private readonly address: string,
    private readonly file: HubFile,
  ) {}

  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    const { client, file } = this;
    for (;;) {
      const before = this.#at;
      try {
        yield* this.#connection();
        if (this.#at === file.bytes) return;
        if (this.#at > file.bytes)
          throw new ModelError(`is longer than the ${file.bytes} bytes that the Hub lists`, file.path);
      } catch (error) {
        client.signal?.throwIfAborted();
        if (!(error instanceof Cut) && !(error instanceof HubUnreachable)) throw error;
      }
      this.#failures = this.#at > before ? 0 : this.#failures + 1;
      this.#cuts += 1;
      if (this.#failures >= mostFailures || this.#cuts >= mostCuts)
        throw new ModelError(
          `the download broke off after ${this.#at} of ${file.bytes} bytes, and could not be taken up again; try again`,
          file.path,
        );
      const seconds = Math.min(30, 2 ** this.#failures) / 2;
      await client.sleep(1000 * seconds, `The connection was cut; going on in ${seconds} s.`);
    }
  }

  /** What one connection brings from `#at` on. */
  async *#connection(): AsyncGenerator<Uint8Array, void, undefined> {
    const abort = new AbortController();
    const signal = this.client.signal ? AbortSignal.any([this.client.signal, abort.signal]) : abort.signal;
    const response = await this.#answer(signal);
    if (!response.ok || !response.body) throw await this.client.refusal(response, this.repo, this.file.path);
    const tag = response.headers.get('etag');
    this.#tag = tag === null || tag.startsWith('W/') ? null : tag;
    let skip = response.status === 206 ? 0 : this.#at;
    const pieces = piecesOf(response.body);
    try {
      for (;;) {
        const next = await this.#next(pieces, abort);
        if (next === null) return;
        const fresh = next.subarray(Math.min(skip, next.length));
        skip -= next.length - fresh.length;
        if (fresh.length === 0) continue;
        this.#at += fresh.length;
        yield fresh;
      }
    } finally {
      abort.abort();
      await pieces.return().catch(() => undefined);
    }
  }

  /** Asks for the rest where parts are to be had, else for the whole. */
  async #answer(signal: AbortSignal): Promise<Response> {
    if (this.#at === 0 || this.#ranges === false) return await this.client.get(this.address, { signal });
    // Without a tag the hash at the end still tells whether the parts belong together.
    const headers = {
      Range: `bytes=${this.#at}-`,
      ...(this.#tag === null ? {} : { 'If-Range': this.#tag }),
    };
    try {
      const response = await this.client.get(this.address, { signal, headers });
      const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
      if (response.status === 206 && (start === undefined || Number(start) === this.#at)) {
        this.#ranges = true;
        return response;
      }
      if (response.status === 200) return response;
      await response.body?.cancel();
    } catch (error) {
      // A browser asks storage on another host first whether it takes such a request, and storage may refuse.
      if (!(error instanceof HubUnreachable) || this.#ranges === true) throw error;
    }
    const whole = await this.client.get(this.address, { signal });
    this.#ranges = false;
    return whole;
  }

  /** The next piece; null at the end. @throws Cut when the connection breaks, or brings nothing for too long */
  async #next(pieces: AsyncGenerator<Uint8Array, void>, abort: AbortController): Promise<Uint8Array | null> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stalled = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        abort.abort();
        reject(new Cut());
      }, this.client.stallAfter);
    });
    try {
      const next = await Promise.race([pieces.next(), stalled]);
      return next.done ? null : next.value;
    } catch (error) {
      throw error instanceof Cut ? error : new Cut(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The connection ended before the file did. */
class Cut extends Error {
  constructor(cause?: unknown) {
    super('the connection was cut', { cause });
  }
}
