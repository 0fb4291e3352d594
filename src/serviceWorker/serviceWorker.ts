/**
 * Keeps the page for use without a network, and gives its responses the headers of cross-origin isolation, which
 * most static hosts cannot be told to send. It answers for the page's own folder alone: what comes from elsewhere
 * goes past it.
 */
import { PrecacheController, PrecacheRoute } from 'workbox-precaching';
import { registerRoute, setDefaultHandler } from 'workbox-routing';
import { Content } from './content';
import { isolationHeaders } from './headers.mjs';
import type { Manifest } from './manifest.mjs';
import type { PageMessage } from './messages';

declare const self: ServiceWorkerGlobalScope;
declare const __SHELL__: Manifest['shell'];
declare const __CONTENT__: Manifest['content'];

const { scope } = self.registration;
const inScope = (url: URL): boolean => url.href.startsWith(scope);

function isolated(response: Response): Response {
  // A failed or redirected request has a response that cannot be rebuilt.
  if (response.type === 'error' || response.type.startsWith('opaque')) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(isolationHeaders)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

const shell = new PrecacheController({
  cacheName: `lethe-shell-${scope}`,
  plugins: [{ handlerWillRespond: ({ response }) => Promise.resolve(isolated(response)) }],
});
shell.precache(__SHELL__);
registerRoute(new PrecacheRoute(shell, { ignoreURLParametersMatching: [/./] }));

const content = new Content(`lethe-content-${scope}`, __CONTENT__, scope);
registerRoute(
  ({ url }) => content.has(url),
  async ({ url }) => isolated(await content.get(url)),
);

setDefaultHandler(async ({ request, url }) => {
  const response = await fetch(request);
  return inScope(url) ? isolated(response) : response;
});

self.addEventListener('install', () => {
  // The first version takes over at once; a later one waits until the page asks for it.
  if (!self.registration.active) void self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([self.clients.claim(), content.prune()]));
});

self.addEventListener('message', (event: ExtendableMessageEvent) => {
  const message = event.data as PageMessage;
  if (message.type === 'SKIP_WAITING') event.waitUntil(self.skipWaiting());
  else
    event.waitUntil(
      content.fill().then(
        (complete) => event.ports[0]?.postMessage(complete),
        () => event.ports[0]?.postMessage(false),
      ),
    );
});
