/** The one Hub that the page speaks to, fixed when it is built: `VITE_HUB` names a mirror. */

/** Hosts to which the public Hub redirects downloads. */
const publicStorage = ['https://*.huggingface.co', 'https://*.hf.co'];

/**
 * @param {Record<string, string | undefined>} environment of the build: `VITE_HUB`, and in `VITE_HUB_STORAGE` the
 *   origins, between spaces, to which a mirror redirects downloads
 * @returns {{ base: string, origins: string[] }} `base` without a slash at its end; `origins` is every origin that
 *   a download may come from, as a Content-Security-Policy writes them
 */
export function hubAddresses(environment) {
  const named = environment['VITE_HUB'];
  const base = (named === undefined || named === '' ? 'https://huggingface.co' : named).replace(/\/+$/, '');
  const storage = environment['VITE_HUB_STORAGE']?.split(/\s+/).filter(Boolean);
  const origins = storage ?? (named === undefined || named === '' ? publicStorage : []);
  return { base, origins: [new URL(base).origin, ...origins] };
}
