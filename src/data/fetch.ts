/** Fetches data files; every failure names the file. */
import { DataError } from './task';

/** @param path relative to `baseUrl`, or a whole URL */
export async function fetchBytes(path: string, baseUrl: string): Promise<Uint8Array> {
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
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new DataError({ file: path, message: `the download broke off: ${reason(error)}.` });
  }
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
