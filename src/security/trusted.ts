/**
 * The page's one Trusted Types policy. Where the browser knows Trusted Types, a text becomes the address of a
 * script here or not at all; where it does not, the same check is made and the text itself is given back.
 */
import { trustedTypesPolicy } from './policy.mjs';

/** The part of the Trusted Types API that is used; TypeScript's library lacks it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(text: string): string },
  ): { createScriptURL(text: string): unknown };
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy(trustedTypesPolicy, { createScriptURL: checked });

/**
 * @param address absolute, of this origin: a script, or a blob that was made here
 * @returns what `new Worker` and `serviceWorker.register` take: a TrustedScriptURL where there is such a thing
 * @throws TypeError for an address of another origin
 */
export function ownScript(address: string): string {
  // The types of the sinks say string, and a TrustedScriptURL is taken as one.
  return (policy ? policy.createScriptURL(address) : checked(address)) as string;
}

function checked(address: string): string {
  // A blob's origin is that of whoever made it.
  if (new URL(address).origin !== globalThis.origin)
    throw new TypeError(`${address} is not a script of this page`);
  return address;
}
