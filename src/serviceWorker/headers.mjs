/**
 * Headers that every response of the page needs, wherever it comes from: the dev server, `npm start`, or the
 * service worker where a host cannot be told. Plain JavaScript, because Node's servers read it too.
 *
 * Cross-origin isolation gives the WASM engine shared memory, and so its threads.
 * @type {Readonly<Record<string, string>>}
 */
export const isolationHeaders = Object.freeze({
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
});
