import { sha256 as sha256InScript } from '@noble/hashes/sha2.js';

/**
 * SHA-256 in lower-case hexadecimal. Web Crypto does it natively, but only exists on secure origins: a
 * classroom server on plain http has none, hence the script version.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  if (!subtle) return bytesToHex(sha256InScript(bytes));
  return bytesToHex(new Uint8Array(await subtle.digest('SHA-256', bytes)));
}

/** 128 random bits in hexadecimal; `crypto.randomUUID` would need a secure origin. */
export function randomId(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
}

function bytesToHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
