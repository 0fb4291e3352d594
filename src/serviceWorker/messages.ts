/** What the page tells its service worker. */
export type PageMessage =
  /** Take over from the version before; workbox-window's word for it. */
  | { type: 'SKIP_WAITING' }
  /** Fetch what training offline needs; the answer is whether all of it is kept. */
  | { type: 'FILL' };
