/** The page's side of the service worker: registers it, tells of updates, and asks for the offline files. */
import { Workbox } from 'workbox-window';
import { ownScript } from '../security/trusted';
import type { PageMessage } from './messages';

export interface ServiceWorkerEvents {
  /** Another version is ready; `apply` reloads the page with it. */
  update(apply: () => void): void;
  /** Another tab took a new version: the files of this page are no longer kept, and may be gone from the host. */
  replaced(): void;
  /** The page could have shared memory after a reload: only now does the service worker answer for it. */
  isolationReady(): void;
  /** Everything that training offline needs is kept. */
  offlineReady(): void;
}

/** Registers the worker beside the page. Where there is none (http on a LAN address), nothing happens. */
export async function openServiceWorker(scriptUrl: string, events: ServiceWorkerEvents): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const workbox = new Workbox(ownScript(scriptUrl));
  let applying = false;
  let controlled = navigator.serviceWorker.controller !== null;
  workbox.addEventListener('waiting', () =>
    events.update(() => {
      applying = true;
      workbox.messageSkipWaiting();
    }),
  );
  workbox.addEventListener('controlling', () => {
    const before = controlled;
    controlled = true;
    if (applying) location.reload();
    else if (before) events.replaced();
    else if (!crossOriginIsolated) events.isolationReady();
  });
  const registration = await workbox.register();
  // A page that was there before its worker and is controlled from the start needs no event.
  if (navigator.serviceWorker.controller && !crossOriginIsolated) events.isolationReady();
  await navigator.serviceWorker.ready;
  const fill: PageMessage = { type: 'FILL' };
  if (registration && (await workbox.messageSW(fill)) === true) events.offlineReady();
}
