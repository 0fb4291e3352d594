/** Fetches data files; every failure names the file. */
import { DataError } from './task';

/**
 * @param path relative to `baseUrl`, or a whole URL
 * @param breathe called before each piece of the body; what it throws ends the download
 */
export async function fetchBytes(
  path: string,
  baseUrl: string,
  breathe: () => Promise<void> = () => Promise.resolve(),
): Promise<Uint8Array> {
  const response = await answerFor(path, baseUrl);
  if (!response.ok) {
    const why = response.status === 404 ? 'there is no such file' : 'expected the file';
    throw new DataError({ file: path, message: `the server answered ${response.status}; ${why}.` });
  }
  // Servers of single-page apps answer any unknown address with the page itself.
  if (response.headers.get('content-type')?.startsWith('text/html') && !/\.html?$/i.test(path))
    throw new DataError({
      file: path,
      message: 'the server sent a web page instead of the file; is there such a file?',
    });
  const pieces: Uint8Array[] = [];
  const body = response.body?.getReader();
  try {
    while (body) {
      await breathe();
      const { done, value } = await body.read().catch((error: unknown) => {
        throw new DataError({ file: path, message: `the download broke off: ${reason(error)}.` });
      });
      if (done) break;
      pieces.push(value);
    }
  } catch (error) {
    await body?.cancel().catch(() => undefined);
    throw error;
  }
  return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function answerFor(path: string, baseUrl: string): Promise<Response> {
  try {
    return await fetch(addressOf(path, baseUrl));
  } catch (error) {
    throw new DataError({ file: path, message: `could not be fetched: ${reason(error)}.` });
  }
}

function addressOf(path: string, baseUrl: string): URL {
  if (/^[a-z][a-z\d+.-]*:/i.test(path)) return new URL(path);
  const base = new URL(baseUrl, typeof location === 'undefined' ? undefined : location.href);
  // A # or ? in the name of a file is part of the name.
  return new URL(path.split('/').map(encodeURIComponent).join('/'), base);
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
