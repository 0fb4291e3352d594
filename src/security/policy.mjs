/**
 * The Content-Security-Policy of the page, in one place for the built page's meta element, the servers here and
 * the service worker. Plain JavaScript, because Node reads it too. SECURITY.md says what it is for.
 */

/** The one Trusted Types policy: it makes addresses of the page's own scripts, and nothing else. */
export const trustedTypesPolicy = 'lethe';

/**
 * @param {readonly string[]} [hosts] origins besides the page's own that may be asked for data, say the Hub's
 * @returns {string}
 */
export function contentSecurityPolicy(hosts = []) {
  const directives = {
    'default-src': ["'none'"],
    // WebAssembly is compiled; nothing else is made from text.
    'script-src': ["'self'", "'wasm-unsafe-eval'"],
    // Workers start from a blob: see ownWorker.ts.
    'worker-src': ["'self'", 'blob:'],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'data:', 'blob:'],
    'font-src': ["'self'"],
    'manifest-src': ["'self'"],
    'connect-src': ["'self'", ...hosts],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'require-trusted-types-for': ["'script'"],
    'trusted-types': [trustedTypesPolicy],
  };
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ');
}
